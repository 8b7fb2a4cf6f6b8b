//! The Lambda function `archive-product`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(products::archive_product::function()).await
}
