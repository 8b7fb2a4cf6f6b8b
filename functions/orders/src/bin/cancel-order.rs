//! The Lambda function `cancel-order`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(orders::cancel_order::function()).await
}
