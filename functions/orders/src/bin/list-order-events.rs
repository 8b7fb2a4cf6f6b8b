//! The Lambda function `list-order-events`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(orders::list_order_events::function()).await
}
