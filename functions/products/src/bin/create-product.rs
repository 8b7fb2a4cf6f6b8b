//! The Lambda function `create-product`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(products::create_product::function()).await
}
