//! The job `delete-accounts`: every hour, erases the accounts whose owners requested deletion seven
//! days ago and haven't signed in since, and registrations whose links have expired.
//!
//! It can run concurrently, stop halfway and run again: each account is erased in a separate commit
//! with its version as a condition, and its entry is removed last. If an account can't be erased,
//! the job continues with the others and fails at the end, so that the scheduler retries it and the
//! alarm is raised.

use std::time::Duration;

use builder_core::ports::erasures::Erasures;
use builder_identity::account::deletions::{self, Due};
use builder_identity::account::store;
use builder_identity::account::user::Status;
use builder_identity::keys::DELETION;
use builder_runtime::{Fault, Function, Job, Trigger, Work, retry_on_conflict};
use builder_store::commit::Commit;
use builder_store::error::Error;
use serde_json::{Value, json};

use crate::erasure;

/// With less time than this remaining, no further account is processed; the next run continues.
const LEAST_TIME: Duration = Duration::from_secs(5);

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task(
            "delete-accounts",
            Trigger::Schedule { expression: "rate(1 hour)", give_up_after_s: 1800 },
            delete_accounts,
        ),
        erasure::resources()
            .timeout(300)
            .put_objects("AUDIT_BUCKET", "erasures/")
            .query([DELETION])
            .delete([DELETION]),
    )
}

async fn delete_accounts(work: Work, _: Value) -> Result<Value, Fault> {
    let erasures = Erasures::new(work.app().aws().s3(), work.env().require("AUDIT_BUCKET")?);
    let (mut deleted, mut failed, mut stopped) = (0, 0, false);
    let mut last: Option<Due> = None;
    'pages: loop {
        let page = deletions::due(work.table(), last.as_ref(), work.now()).await?;
        let Some(end) = page.last().copied() else { break };
        for due in &page {
            if work.remaining() < LEAST_TIME {
                stopped = true;
                break 'pages;
            }
            match retry_on_conflict(|| delete(&work, &erasures, due)).await {
                Ok(erased) => deleted += u32::from(erased),
                Err(error) => {
                    failed += 1;
                    tracing::error!(user = %due.user, %error, "could not delete an account");
                }
            }
        }
        last = Some(end);
    }
    tracing::info!(deleted, failed, stopped, "accounts deleted");
    if failed > 0 {
        return Err(
            format!("{failed} accounts could not be deleted; {deleted} were deleted").into()
        );
    }
    Ok(json!({ "deleted": deleted, "stopped": stopped }))
}

/// Erases one account, unless its owner has signed in or verified it since. Returns whether it was
/// erased.
async fn delete(work: &Work, erasures: &Erasures, due: &Due) -> Result<bool, Error> {
    let mut commit = Commit::new(&work.context());
    let erased = match store::load(work.table(), due.user).await? {
        Some(account) if account.user.state.is_due_for_deletion(work.now()) => {
            store::erase(&mut commit, &account)?;
            commit.send(work.table()).await?;
            true
        }
        // An unverified registration has no sessions to end. The erasure needs no record: a
        // restored backup contains this entry, too.
        Some(account) if account.user.state.has_lapsed(work.now()) => {
            store::erase(&mut commit, &account)?;
            deletions::done(&mut commit, due);
            commit.send(work.table()).await?;
            return Ok(true);
        }
        // A link that was sent later is still valid: the next run checks again.
        Some(account) if account.user.state.status == Status::Pending => return Ok(false),
        // The owner signed in, requested the deletion again, or verified the registration: this
        // entry no longer applies.
        Some(_) => {
            deletions::done(&mut commit, due);
            commit.send(work.table()).await?;
            return Ok(false);
        }
        // Already erased, by an admin or by a run that stopped at this point.
        None => false,
    };
    erasure::complete(work.table(), &work.context(), erasures, due.user).await?;
    let mut commit = Commit::new(&work.context());
    deletions::done(&mut commit, due);
    commit.send(work.table()).await?;
    Ok(erased)
}
