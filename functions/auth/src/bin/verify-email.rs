//! The Lambda function `verify-email`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::registration::verify_email::function()).await
}
