//! The Lambda function `get-api-key`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::api_keys::get_api_key::function()).await
}
