//! The Lambda function `replace-settings`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(settings::replace_settings::function()).await
}
