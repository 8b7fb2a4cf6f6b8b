//! The Lambda function `link-identity`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::identities::link_identity::function()).await
}
