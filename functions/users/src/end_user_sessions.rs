//! `DELETE /api/v1/users/{id}/sessions`

use builder_core::commit::Commit;
use builder_core::id::UserId;
use builder_core::users::{Permission, store};
use builder_runtime::{Access, Call, Empty, Function, Reply, Result, Route, retry_on_conflict};

use crate::account;

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::delete(
        "end-user-sessions",
        "/api/v1/users/{id}/sessions",
        Access::Permit(Permission::UsersAdmin),
        end_user_sessions,
    )
    .unconditional()
    .summary("End all sessions of a user")
    .description("From their next request on.")
    .into()
}

async fn end_user_sessions(call: Call) -> Result<Reply<Empty>> {
    let user = call.path("id")?;
    Ok(retry_on_conflict(|| attempt(&call, user)).await?)
}

async fn attempt(call: &Call, user: UserId) -> builder_core::Result<Reply<Empty>> {
    let account = account(call, user).await?;
    let mut commit = Commit::new(&call.context());
    store::change(&mut commit, &account, &account.user.state.sign_out(None, call.now()))?;
    call.commit(commit, Reply::no_content()).await
}
