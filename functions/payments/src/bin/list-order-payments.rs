//! The Lambda function `list-order-payments`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(payments::list_order_payments::function()).await
}
