//! The Lambda function `stripe-hook`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(payments::stripe_hook::function()).await
}
