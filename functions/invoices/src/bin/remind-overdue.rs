//! The Lambda function `remind-overdue`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(invoices::remind_overdue::function()).await
}
