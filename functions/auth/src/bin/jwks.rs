//! The Lambda function `jwks`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::signing_keys::jwks::function()).await
}
