//! The Lambda function `seal-audit`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(audit::seal_audit::function()).await
}
