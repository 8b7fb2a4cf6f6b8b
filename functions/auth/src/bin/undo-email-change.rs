//! The Lambda function `undo-email-change`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::me::undo_email_change::function()).await
}
