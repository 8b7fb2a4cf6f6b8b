//! The Lambda function `list-settings-events`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(settings::list_settings_events::function()).await
}
