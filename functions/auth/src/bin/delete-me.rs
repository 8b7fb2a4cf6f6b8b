//! The Lambda function `delete-me`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::me::delete_me::function()).await
}
