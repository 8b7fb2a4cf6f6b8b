//! The Lambda function `get-invoice`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(invoices::get_invoice::function()).await
}
