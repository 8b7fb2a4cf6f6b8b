//! The Lambda function `create-api-key`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::api_keys::create_api_key::function()).await
}
