//! The Lambda function `settle-payments`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(payments::settle_payments::function()).await
}
