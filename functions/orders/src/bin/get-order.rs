//! The Lambda function `get-order`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(orders::get_order::function()).await
}
