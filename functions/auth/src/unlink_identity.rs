//! `DELETE /api/v1/me/identities/{provider}`

use builder_core::commit::Commit;
use builder_core::error::Error;
use builder_core::id::UserId;
use builder_core::users::{Permission, store};
use builder_runtime::{Access, Call, Empty, Function, Reply, Result, Route, settle};

/// The route.
#[must_use]
pub fn function() -> Function {
    let access = Access::Permit(Permission::CredentialsWrite);
    Route::delete("unlink-identity", "/api/v1/me/identities/{provider}", access, unlink_identity)
        .unconditional()
        .summary("Unlink the identity at an OpenID provider: it signs in to this account no more. Sessions go on")
        .refuses("last-sign-in", "It is the only way to sign in: choose a password first, by way of a forgotten one.")
        .parameter("provider", "google")
        .into()
}

async fn unlink_identity(call: Call) -> Result<Reply<Empty>> {
    let caller = call.caller()?;
    caller.session()?;
    let provider = call.parameter("provider").unwrap_or_default();
    Ok(settle(|| attempt(&call, caller.user, provider)).await?)
}

async fn attempt(call: &Call, user: UserId, provider: &str) -> builder_core::Result<Reply<Empty>> {
    let account = store::load(call.table(), user).await?.ok_or(Error::NotFound { what: "account" })?;
    let events = account.user.state.unlink_identity(provider, call.now())?;
    let mut commit = Commit::new(&call.context());
    store::change(&mut commit, &account, &events)?;
    call.commit(commit, Reply::no_content()).await
}
