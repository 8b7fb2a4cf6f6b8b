//! The Lambda function `send-email`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(notifications::send_email::function()).await
}
