//! `DELETE /api/v1/me/identities/{provider}`

use builder_identity::account::store;
use builder_identity::keys::{UNIQUE_IDENTITY, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Empty, Function, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;

use crate::live;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let access = Access::Permit(Permission::CredentialsWrite);
    Function::new(
        Route::delete(
            "unlink-identity",
            "/api/v1/me/identities/{provider}",
            access,
            unlink_identity,
        )
        .unconditional()
        .summary("Unlink an identity")
        .description(
            "The identity can no longer be used to sign in to this account until a signed-in \
             session links it again. Sessions stay active.",
        )
        .error(
            "last-sign-in",
            "The identity is the only way to sign in. Set a password first, by resetting it.",
        )
        .parameter("provider", "google"),
        Resources::new().batch_get([USER]).put([USER]).delete([UNIQUE_IDENTITY]),
    )
}

async fn unlink_identity(call: Call) -> Result<Reply<Empty>> {
    call.caller()?.session()?;
    let provider = call.parameter("provider").unwrap_or_default();
    Ok(retry_on_conflict(|| attempt(&call, provider)).await?)
}

async fn attempt(call: &Call, provider: &str) -> builder_store::Result<Reply<Empty>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    let events = account.user.state.unlink_identity(provider, call.now())?;
    store::change(&mut commit, &account, &events)?;
    call.commit(commit, Reply::no_content()).await
}
