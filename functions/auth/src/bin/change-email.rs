//! The Lambda function `change-email`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::me::change_email::function()).await
}
