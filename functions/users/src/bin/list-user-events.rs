//! The Lambda function `list-user-events`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(users::list_user_events::function()).await
}
