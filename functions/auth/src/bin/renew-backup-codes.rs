//! The Lambda function `renew-backup-codes`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), builder_runtime::Fault> {
    builder_runtime::serve(auth::second_factor::renew_backup_codes::function()).await
}
