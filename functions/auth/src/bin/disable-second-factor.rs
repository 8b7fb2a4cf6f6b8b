//! The Lambda function `disable-second-factor`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::second_factor::disable_second_factor::function()).await
}
