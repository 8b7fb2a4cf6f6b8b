//! The Lambda function `resend-verification`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::registration::resend_verification::function()).await
}
