//! The Lambda function `list-user-api-keys`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::list_user_api_keys::function()).await
}
