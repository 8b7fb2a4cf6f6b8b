//! The Lambda function `docs-asset`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(system::docs_asset::function()).await
}
