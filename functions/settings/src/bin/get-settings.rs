//! The Lambda function `get-settings`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(settings::get_settings::function()).await
}
