//! The Lambda function `start-identity-link`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::identities::start_identity_link::function()).await
}
