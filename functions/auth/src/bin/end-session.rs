//! The Lambda function `end-session`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::sessions::end_session::function()).await
}
