//! The Lambda function `rotate-signing-key`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::signing_keys::rotate_signing_key::function()).await
}
