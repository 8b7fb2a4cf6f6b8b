//! The Lambda function `remove-second-factor`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::remove_second_factor::function()).await
}
