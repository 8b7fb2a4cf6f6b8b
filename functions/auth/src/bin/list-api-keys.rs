//! The Lambda function `list-api-keys`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::api_keys::list_api_keys::function()).await
}
