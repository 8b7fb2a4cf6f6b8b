//! `DELETE /api/v1/api-keys/{id}`

use builder_identity::account::store;
use builder_identity::keys::{GUARD, UNIQUE_API_KEY, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Empty, Function, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::id::ApiKeyId;

use crate::live;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::delete(
            "revoke-api-key",
            "/api/v1/api-keys/{id}",
            Access::Permit(Permission::ApiKeysWrite),
            revoke_api_key,
        )
        .unconditional()
        .summary("Revoke an API key")
        .description("The key is rejected from its next request on."),
        Resources::new().batch_get([USER]).put([USER]).delete([GUARD, UNIQUE_API_KEY]),
    )
}

async fn revoke_api_key(call: Call) -> Result<Reply<Empty>> {
    let (caller, key) = (call.caller()?, call.path("id")?);
    caller.session()?;
    Ok(retry_on_conflict(|| attempt(&call, key)).await?)
}

async fn attempt(call: &Call, key: ApiKeyId) -> builder_store::Result<Reply<Empty>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    let events = account.user.state.revoke_api_key(key, call.now())?;
    store::change(&mut commit, &account, &events)?;
    call.commit(commit, Reply::no_content()).await
}
