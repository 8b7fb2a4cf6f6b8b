//! The Lambda function `place-order`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(orders::place_order::function()).await
}
