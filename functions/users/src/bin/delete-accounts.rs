//! The Lambda function `delete-accounts`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::erasure::delete_accounts::function()).await
}
