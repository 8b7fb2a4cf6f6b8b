//! The Lambda function `adjust-stock`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(products::adjust_stock::function()).await
}
