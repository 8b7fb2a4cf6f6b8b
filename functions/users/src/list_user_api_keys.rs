//! `GET /api/v1/users/{id}/api-keys`

use builder_core::id::{ApiKeyId, UserId};
use builder_core::listing::Page;
use builder_core::users::{Permission, key_use};
use builder_runtime::{Access, Call, Function, Many, PageQuery, Query, Reply, Result, Route};

use crate::account;
use crate::key_view::ApiKeyView;

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::get("list-user-api-keys", "/api/v1/users/{id}/api-keys", Access::Permit(Permission::UsersAdmin), list_user_api_keys)
        .summary("List a user's API keys, newest first, but for what is secret of them")
        .into()
}

async fn list_user_api_keys(call: Call, Query(query): Query<PageQuery>) -> Result<Reply<Many<ApiKeyView>>> {
    let user: UserId = call.path("id")?;
    let paging = call.paging(query.limit, query.cursor.as_deref(), user).await?;
    let before: Option<ApiKeyId> = paging.after.as_deref().map(str::parse).transpose().map_err(builder_core::Error::internal)?;
    let mut keys = account(&call, user).await?.user.state.api_keys;
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
