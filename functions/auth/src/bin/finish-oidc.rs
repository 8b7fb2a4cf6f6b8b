//! The Lambda function `finish-oidc`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::sign_in::finish_oidc::function()).await
}
