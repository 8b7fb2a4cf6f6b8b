//! The Lambda function `reconcile-payments`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(payments::reconciling::reconcile_payments::function()).await
}
