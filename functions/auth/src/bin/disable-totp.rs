//! The Lambda function `disable-totp`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::disable_totp::function()).await
}
