//! `DELETE /api/v1/api-keys/{id}`

use builder_core::commit::Commit;
use builder_core::error::Error;
use builder_core::id::{ApiKeyId, UserId};
use builder_core::users::{Permission, store};
use builder_runtime::{Access, Call, Empty, Function, Reply, Result, Route, settle};

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::delete("revoke-api-key", "/api/v1/api-keys/{id}", Access::Permit(Permission::ApiKeysWrite), revoke_api_key)
        .unconditional()
        .summary("Revoke an API key, from its next request on")
        .into()
}

async fn revoke_api_key(call: Call) -> Result<Reply<Empty>> {
    let (caller, key) = (call.caller()?, call.path("id")?);
    caller.session()?;
    Ok(settle(|| attempt(&call, caller.user, key)).await?)
}

async fn attempt(call: &Call, user: UserId, key: ApiKeyId) -> builder_core::Result<Reply<Empty>> {
    let account = store::load(call.table(), user).await?.ok_or(Error::NotFound { what: "account" })?;
    let events = account.user.state.revoke_api_key(key, call.now())?;
    let mut commit = Commit::new(&call.context());
    store::change(&mut commit, &account, &events)?;
    call.commit(commit, Reply::no_content()).await
}
