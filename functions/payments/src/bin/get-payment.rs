//! The Lambda function `get-payment`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(payments::get_payment::function()).await
}
