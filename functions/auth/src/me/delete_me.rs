//! `DELETE /api/v1/me`

use builder_identity::account::deletions;
use builder_identity::keys::{ADMINS, DELETION, GUARD, UNIQUE_API_KEY, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Precondition, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::refusals::SIGN_IN_AGAIN;
use crate::{live, step_up};

/// The request was accepted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionScheduled {
    /// When the account will be deleted. Signing in before then cancels the deletion.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::delete(
            "delete-me",
            "/api/v1/me",
            Access::Permit(Permission::CredentialsWrite),
            delete_me,
        )
        .summary("Delete the caller's account")
        .description(
            "Requires a sign-in within the last ten minutes. Ends all sessions and revokes all \
             API keys immediately, and erases the account in seven days. Signing in before then \
             cancels the deletion.",
        )
        .accepts()
        .error("last-admin", "The account is the last active admin.")
        .error_with(403, SIGN_IN_AGAIN, step_up::RULE),
        Resources::new()
            .batch_get([USER])
            .put([DELETION, USER])
            .update([ADMINS])
            .delete([GUARD, UNIQUE_API_KEY]),
    )
}

async fn delete_me(call: Call) -> Result<Reply<DeletionScheduled>> {
    let wanted = call.if_match()?;
    step_up::session(&call).await?;
    Ok(retry_on_conflict(|| attempt(&call, &wanted)).await?)
}

async fn attempt(
    call: &Call,
    wanted: &Precondition,
) -> builder_store::Result<Reply<DeletionScheduled>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    wanted.check(account.user.version)?;
    let after = deletions::schedule(&mut commit, &account)?;
    let due_at =
        after.map_or(account.user.state.deletion_due_at, |after| after.state.deletion_due_at);
    let due_at = due_at.ok_or_else(|| Error::internal("the deletion was not scheduled"))?;
    call.commit(commit, Reply::accepted(&DeletionScheduled { due_at })?).await
}
