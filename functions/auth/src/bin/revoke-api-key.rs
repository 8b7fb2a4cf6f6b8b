//! The Lambda function `revoke-api-key`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::revoke_api_key::function()).await
}
