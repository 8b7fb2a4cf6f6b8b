//! The Lambda function `revoke-user-api-key`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::revoke_user_api_key::function()).await
}
