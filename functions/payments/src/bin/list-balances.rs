//! The Lambda function `list-balances`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(payments::list_balances::function()).await
}
