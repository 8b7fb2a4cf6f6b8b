//! The Lambda function `enrol-totp`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::enrol_totp::function()).await
}
