//! The Lambda function `forgot-password`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::registration::forgot_password::function()).await
}
