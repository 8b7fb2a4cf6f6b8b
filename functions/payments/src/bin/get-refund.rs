//! The Lambda function `get-refund`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(payments::get_refund::function()).await
}
