//! The Lambda function `list-products`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(products::list_products::function()).await
}
