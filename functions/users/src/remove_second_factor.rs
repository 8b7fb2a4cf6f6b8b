//! `DELETE /api/v1/users/{id}/second-factor`

use builder_identity::account::store;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_identity::second_factor::factors;
use builder_runtime::{
    Access, Call, Empty, Function, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;

use crate::account;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/users/{id}/second-factor";
    Function::new(
        Route::delete(
            "remove-second-factor",
            path,
            Access::Permit(Permission::UsersAdmin),
            remove_second_factor,
        )
        .unconditional()
        .summary("Remove a user's second factor")
        .description(
            "For a user who has lost the authenticator app and the backup codes. The user is \
             notified by e-mail.",
        ),
        Resources::new().batch_get([USER]).put([USER]).delete([GUARD, USER]),
    )
}

async fn remove_second_factor(call: Call) -> Result<Reply<Empty>> {
    let user = call.path("id")?;
    // Otherwise a stolen token could remove an admin's own second factor without a code.
    if call.caller()?.user == user {
        return Err(Error::Forbidden(
            "Disable your own second factor with a code: POST /api/v1/auth/second-factor/disable."
                .into(),
        )
        .into());
    }
    Ok(retry_on_conflict(|| attempt(&call, user)).await?)
}

async fn attempt(call: &Call, user: UserId) -> builder_store::Result<Reply<Empty>> {
    let account = account(call, user).await?;
    let events = account.user.state.disable_second_factor(call.now());
    if events.is_empty() {
        return Err(Error::NotFound { what: "second factor" });
    }
    let mut commit = Commit::new(&call.context());
    store::change(&mut commit, &account, &events)?;
    if let Some(kept) = factors::find(call.table(), user).await? {
        factors::remove(&mut commit, user, &kept);
    }
    call.commit(commit, Reply::no_content()).await
}
