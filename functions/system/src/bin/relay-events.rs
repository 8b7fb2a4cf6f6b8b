//! The Lambda function `relay-events`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(system::relay_events::function()).await
}
