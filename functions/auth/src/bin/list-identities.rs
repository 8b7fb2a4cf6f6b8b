//! The Lambda function `list-identities`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::identities::list_identities::function()).await
}
