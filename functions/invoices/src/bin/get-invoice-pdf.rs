//! The Lambda function `get-invoice-pdf`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(invoices::get_invoice_pdf::function()).await
}
