//! The Lambda function `end-other-sessions`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::sessions::end_other_sessions::function()).await
}
