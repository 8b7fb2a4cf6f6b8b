//! `GET /api/v1/api-keys/{id}`

use builder_identity::account::store;
use builder_identity::api_keys::key_use;
use builder_identity::api_keys::key_view::{ApiKeyView, VERSION};
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};
use builder_store::error::Error;
use builder_store::id::ApiKeyId;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "get-api-key",
            "/api/v1/api-keys/{id}",
            Access::Permit(Permission::ApiKeysRead),
            get_api_key,
        )
        .summary("Retrieve an API key")
        .description("Returns one of the caller's API keys, without its secret.")
        .with_etag(),
        Resources::new().batch_get([GUARD, USER]),
    )
}

async fn get_api_key(call: Call) -> Result<Reply<ApiKeyView>> {
    let id: ApiKeyId = call.path("id")?;
    let account = store::load(call.table(), call.caller()?.user)
        .await?
        .ok_or(Error::NotFound { what: "account" })?;
    let mut keys = account.user.state.api_keys;
    keys.retain(|key| key.id == id);
    let used = key_use::last_used(call.table(), &keys).await?;
    let key = keys.pop().ok_or(Error::NotFound { what: "key" })?;
    Ok(Reply::ok(&ApiKeyView::new(key, used.get(&id).copied()))?.etag(VERSION))
}
