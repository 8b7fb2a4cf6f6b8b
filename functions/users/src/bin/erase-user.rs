//! The Lambda function `erase-user`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::erasure::erase_user::function()).await
}
