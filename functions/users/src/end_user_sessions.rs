//! `DELETE /api/v1/users/{id}/sessions`

use builder_identity::account::store;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Empty, Function, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::id::UserId;

use crate::account;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::delete(
            "end-user-sessions",
            "/api/v1/users/{id}/sessions",
            Access::Permit(Permission::UsersAdmin),
            end_user_sessions,
        )
        .unconditional()
        .summary("End all sessions of a user")
        .description("Ends all sessions of the user. Their next request is rejected."),
        Resources::new().batch_get([USER]).put([USER]).delete([GUARD]),
    )
}

async fn end_user_sessions(call: Call) -> Result<Reply<Empty>> {
    let user = call.path("id")?;
    Ok(retry_on_conflict(|| attempt(&call, user)).await?)
}

async fn attempt(call: &Call, user: UserId) -> builder_store::Result<Reply<Empty>> {
    let account = account(call, user).await?;
    let mut commit = Commit::new(&call.context());
    store::change(&mut commit, &account, &account.user.state.sign_out(None, call.now()))?;
    call.commit(commit, Reply::no_content()).await
}
