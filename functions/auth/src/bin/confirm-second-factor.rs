//! The Lambda function `confirm-second-factor`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::second_factor::confirm_second_factor::function()).await
}
