//! The Lambda function `unlink-identity`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::identities::unlink_identity::function()).await
}
