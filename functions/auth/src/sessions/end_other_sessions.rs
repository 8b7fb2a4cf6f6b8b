//! `DELETE /api/v1/sessions`

use builder_identity::account::store;
use builder_identity::id::SessionId;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Empty, Function, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;

use crate::live;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::delete(
            "end-other-sessions",
            "/api/v1/sessions",
            Access::Permit(Permission::SessionsWrite),
            end_other_sessions,
        )
        .unconditional()
        .summary("End all other sessions")
        .description(
            "Ends all sessions of the caller except the current one. Their next request is \
             rejected.",
        ),
        Resources::new().batch_get([USER]).put([USER]).delete([GUARD]),
    )
}

async fn end_other_sessions(call: Call) -> Result<Reply<Empty>> {
    let own = call.caller()?.session()?;
    Ok(retry_on_conflict(|| attempt(&call, own)).await?)
}

async fn attempt(call: &Call, own: SessionId) -> builder_store::Result<Reply<Empty>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    store::change(&mut commit, &account, &account.user.state.sign_out(Some(own), call.now()))?;
    call.commit(commit, Reply::no_content()).await
}
