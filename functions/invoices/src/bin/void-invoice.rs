//! The Lambda function `void-invoice`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(invoices::void_invoice::function()).await
}
