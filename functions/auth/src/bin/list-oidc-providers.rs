//! The Lambda function `list-oidc-providers`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::sign_in::list_oidc_providers::function()).await
}
