//! The Lambda function `reset-password`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::registration::reset_password::function()).await
}
