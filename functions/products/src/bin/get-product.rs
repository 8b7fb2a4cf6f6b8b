//! The Lambda function `get-product`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(products::get_product::function()).await
}
