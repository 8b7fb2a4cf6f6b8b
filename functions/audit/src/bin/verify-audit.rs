//! The Lambda function `verify-audit`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(audit::verify_audit::function()).await
}
