//! The Lambda function `expire-orders`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(orders::expire_orders::function()).await
}
