//! The Lambda function `refresh-token`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::sign_in::refresh_token::function()).await
}
