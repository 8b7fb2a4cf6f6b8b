//! `GET /api/v1/api-keys`

use builder_core::error::Error;
use builder_core::id::ApiKeyId;
use builder_core::listing::Page;
use builder_core::users::{Permission, key_use, store};
use builder_runtime::{Access, Call, Function, Many, PageQuery, Query, Reply, Result, Route};

use crate::key_view::ApiKeyView;

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::get("list-api-keys", "/api/v1/api-keys", Access::Permit(Permission::ApiKeysRead), list_api_keys)
        .summary("List one's API keys, newest first, but for what is secret of them")
        .refuses_with(404, "not-found", "The account has just been erased.")
        .into()
}

async fn list_api_keys(call: Call, Query(query): Query<PageQuery>) -> Result<Reply<Many<ApiKeyView>>> {
    let user = call.caller()?.user;
    let paging = call.paging(query.limit, query.cursor.as_deref(), user).await?;
    let before: Option<ApiKeyId> = paging.after.as_deref().map(str::parse).transpose().map_err(Error::internal)?;
    let account = store::load(call.table(), user).await?.ok_or(Error::NotFound { what: "account" })?;
    let mut keys = account.user.state.api_keys;
    keys.retain(|key| before.is_none_or(|before| key.id < before));
    keys.sort_unstable_by_key(|key| std::cmp::Reverse(key.id));
    let more = keys.len() > paging.limit;
    keys.truncate(paging.limit);
    let next = keys.last().filter(|_| more).map(|last| last.id.to_string());
    let used = key_use::last_used(call.table(), &keys).await?;
    let items = keys.into_iter().map(|key| {
        let last_used_at = used.get(&key.id).copied();
        ApiKeyView::new(key, last_used_at)
    });
    call.page(&Page { items: items.collect(), next }, &paging).await
}
