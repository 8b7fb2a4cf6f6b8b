//! The Lambda function `bootstrap-admin`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::registration::bootstrap_admin::function()).await
}
