//! The job `reapply-erasures`: erases users again who had been erased before a backup was restored.
//! An operator runs it after the restore.

use builder_core::ports::erasures::Erasures;
use builder_identity::account::store;

use builder_identity::sessions;
use builder_runtime::{Fault, Function, Job, Trigger, Work, retry_on_conflict};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;
use serde_json::{Value, json};

use crate::erasure;

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task("reapply-erasures", Trigger::Operator, reapply_erasures),
        erasure::resources_if_active().timeout(900).list_objects("AUDIT_BUCKET"),
    )
}

async fn reapply_erasures(work: Work, _: Value) -> Result<Value, Fault> {
    let recorded =
        Erasures::new(work.app().aws().s3(), work.env().require("AUDIT_BUCKET")?).all().await?;
    let (mut erased, mut failed) = (0, 0);
    for user in &recorded {
        match retry_on_conflict(|| erase(&work, *user)).await {
            Ok(again) => erased += u32::from(again),
            // The job continues with the others and fails at the end.
            Err(error) => {
                failed += 1;
                tracing::error!(%user, %error, "could not apply an erasure again");
            }
        }
    }
    tracing::info!(recorded = recorded.len(), erased, failed, "erasures applied again");
    if failed > 0 {
        return Err(format!(
            "{failed} of {} erasures could not be applied again; {erased} users were erased again",
            recorded.len()
        )
        .into());
    }
    Ok(json!({ "recorded": recorded.len(), "erased": erased }))
}

/// Erases a user whom a restore has brought back, and returns whether that was the case.
async fn erase(work: &Work, user: UserId) -> Result<bool, Error> {
    let account = store::load(work.table(), user).await?;
    if let Some(account) = &account {
        let mut commit = Commit::new(&work.context());
        store::erase(&mut commit, account)?;
        commit.send(work.table()).await?;
    }
    sessions::forget_all(work.table(), &work.context(), user).await?;
    Ok(account.is_some())
}
