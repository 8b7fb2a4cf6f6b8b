//! The Lambda function `get-me`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::me::get_me::function()).await
}
