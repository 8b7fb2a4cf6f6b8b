//! The Lambda function `list-users`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::list_users::function()).await
}
