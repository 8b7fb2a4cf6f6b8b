//! `DELETE /api/v1/users/{id}/api-keys/{keyId}`

use builder_identity::account::store;
use builder_identity::keys::{GUARD, UNIQUE_API_KEY, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Empty, Function, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::id::{ApiKeyId, UserId};

use crate::account;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/users/{id}/api-keys/{keyId}";
    Function::new(
        Route::delete(
            "revoke-user-api-key",
            path,
            Access::Permit(Permission::UsersAdmin),
            revoke_user_api_key,
        )
        .unconditional()
        .summary("Revoke a user's API key")
        .description("The key is rejected from its next request on.")
        .parameter("keyId", "key_01m7w6c380ewerr5d6grc7qdnv"),
        Resources::new().batch_get([USER]).put([USER]).delete([GUARD, UNIQUE_API_KEY]),
    )
}

async fn revoke_user_api_key(call: Call) -> Result<Reply<Empty>> {
    let (user, key) = (call.path("id")?, call.path("keyId")?);
    Ok(retry_on_conflict(|| attempt(&call, user, key)).await?)
}

async fn attempt(call: &Call, user: UserId, key: ApiKeyId) -> builder_store::Result<Reply<Empty>> {
    let account = account(call, user).await?;
    let events = account.user.state.revoke_api_key(key, call.now())?;
    let mut commit = Commit::new(&call.context());
    store::change(&mut commit, &account, &events)?;
    call.commit(commit, Reply::no_content()).await
}
