//! The Lambda function `confirm-totp`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::confirm_totp::function()).await
}
