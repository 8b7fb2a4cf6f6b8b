//! The Lambda function `not-found`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(system::not_found::function()).await
}
