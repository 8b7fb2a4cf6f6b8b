//! The Lambda function `send-invoice`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(invoices::send_invoice::function()).await
}
