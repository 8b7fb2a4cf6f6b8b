//! The Lambda function `reapply-erasures`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::erasure::reapply_erasures::function()).await
}
