//! The Lambda function `list-events`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(audit::list_events::function()).await
}
