//! The Lambda function `issue-invoices`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(invoices::issue_invoices::function()).await
}
