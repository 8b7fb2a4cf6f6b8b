//! The Lambda function `openapi`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(system::openapi::function()).await
}
