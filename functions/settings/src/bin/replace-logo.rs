//! The Lambda function `replace-logo`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(settings::replace_logo::function()).await
}
