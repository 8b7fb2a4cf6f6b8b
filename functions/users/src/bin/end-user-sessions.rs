//! The Lambda function `end-user-sessions`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::end_user_sessions::function()).await
}
