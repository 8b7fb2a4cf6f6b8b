//! `DELETE /api/v1/me`

use builder_core::commit::Commit;
use builder_core::error::Error;
use builder_core::users::{Permission, deletions};
use builder_runtime::{Access, Call, Function, Precondition, Reply, Result, Route, settle};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::live;
use crate::recent;
use crate::refusals::SIGN_IN_AGAIN;

/// What happens next.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionScheduled {
    /// From when on the account is deleted. Signing in before keeps it.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::delete("delete-me", "/api/v1/me", Access::Permit(Permission::CredentialsWrite), delete_me)
        .summary(
            "Have one's own account deleted in seven days, within ten minutes of signing in. All sessions and API keys end at once; signing in \
             before that keeps the account",
        )
        .accepts()
        .refuses("last-admin", "It is the last admin that can act.")
        .refuses_with(403, SIGN_IN_AGAIN, recent::RULE)
        .into()
}

async fn delete_me(call: Call) -> Result<Reply<DeletionScheduled>> {
    let wanted = call.if_match()?;
    recent::session(&call).await?;
    Ok(settle(|| attempt(&call, &wanted)).await?)
}

async fn attempt(call: &Call, wanted: &Precondition) -> builder_core::Result<Reply<DeletionScheduled>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    wanted.check(account.user.version)?;
    let after = deletions::schedule(&mut commit, &account)?;
    let due_at = after.map_or(account.user.state.deletion_due_at, |after| after.state.deletion_due_at);
    let due_at = due_at.ok_or_else(|| Error::internal("a deletion was not scheduled"))?;
    call.commit(commit, Reply::accepted(&DeletionScheduled { due_at })?).await
}
