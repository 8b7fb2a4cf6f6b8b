//! API keys as their owners and admins see them.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::id::ApiKeyId;
use crate::listing::Page;
use crate::table::Table;
use crate::users::api_key::ApiKey;
use crate::users::key_use;
use crate::users::role::Permission;

/// The version of every key: one doesn't change.
pub const VERSION: u64 = 1;

/// An API key, but for what is secret of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    /// Its id.
    id: ApiKeyId,
    /// What it is called.
    #[schema(example = "Warehouse")]
    name: String,
    /// Its beginning.
    #[schema(example = "bk_live_3kTm")]
    hint: String,
    /// What it may do, as far as its owner may.
    scopes: Vec<Permission>,
    /// From when on it is no longer good; null if never.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Timestamp>,
    /// When it was last used, to the second; null when that was not within 90 days.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl ApiKeyView {
    /// The view of a key that was last used then.
    #[must_use]
    pub fn new(key: ApiKey, last_used_at: Option<Timestamp>) -> Self {
        let ApiKey { id, name, hint, scopes, expires_at, created_at, hash: _ } = key;
        Self { id, name, hint, scopes, expires_at, last_used_at, created_at }
    }
}

/// Some of an account's keys, newest first: at most `limit` of those that were made before the one with the id `after`.
///
/// # Errors
/// [`Error::Internal`] when `after` is no id of a key. As [`Table::call`].
pub async fn list(table: &Table, mut keys: Vec<ApiKey>, after: Option<&str>, limit: usize) -> Result<Page<ApiKeyView>> {
    let before: Option<ApiKeyId> = after.map(str::parse).transpose().map_err(Error::internal)?;
    keys.retain(|key| before.is_none_or(|before| key.id < before));
    keys.sort_unstable_by_key(|key| Reverse(key.id));
    let more = keys.len() > limit;
    keys.truncate(limit);
    let next = keys.last().filter(|_| more).map(|last| last.id.to_string());
    let used = key_use::last_used(table, &keys).await?;
    let items = keys.into_iter().map(|key| {
        let last_used_at = used.get(&key.id).copied();
        ApiKeyView::new(key, last_used_at)
    });
    Ok(Page { items: items.collect(), next })
}
