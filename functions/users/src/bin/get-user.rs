//! The Lambda function `get-user`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::get_user::function()).await
}
