//! The Lambda function `login-second-factor`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::sign_in::login_second_factor::function()).await
}
