//! The Lambda function `sequence-events`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(audit::sequence_events::function()).await
}
