//! The Lambda function `list-invoices`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(invoices::list_invoices::function()).await
}
