//! The Lambda function `list-sessions`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::sessions::list_sessions::function()).await
}
