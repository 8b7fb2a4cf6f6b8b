//! The Lambda function `confirm-email-change`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::me::confirm_email_change::function()).await
}
