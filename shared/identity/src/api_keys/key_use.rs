//! When API keys were last used, according to their guards, and lists of keys with these times.

use std::cmp::Reverse;
use std::collections::HashMap;

use builder_store::error::{Error, Result};
use builder_store::id::ApiKeyId;
use builder_store::listing::Page;
use builder_store::table::{Table, number};
use jiff::Timestamp;

use crate::api_keys::api_key::ApiKey;
use crate::api_keys::key_view::ApiKeyView;
use crate::keys;

/// The attribute of a key's guard with the time of the last allowed request, in seconds since 1970.
pub const LAST_USED: &str = "lastUsedAt";
/// How long a key's guard is stored after its last use, in seconds: 90 days.
pub const MEMORY: i64 = 90 * 24 * 3600;

/// Returns when each of these keys was last used; keys that weren't used within [`MEMORY`] are
/// omitted.
///
/// # Errors
/// As [`Table::call`].
pub async fn last_used(table: &Table, of: &[ApiKey]) -> Result<HashMap<ApiKeyId, Timestamp>> {
    let guards: Vec<_> = of.iter().map(|key| keys::guard_of_key(&key.hash)).collect();
    let items = table.get_all(&guards).await?;
    let used = of.iter().filter_map(|key| {
        let seconds = number(items.get(&keys::guard_of_key(&key.hash))?, LAST_USED)?;
        Some((key.id, Timestamp::from_second(seconds).ok()?))
    });
    Ok(used.collect())
}

/// Lists an account's keys, newest first: at most `limit` of those created before the key with the
/// ID `after`.
///
/// # Errors
/// [`Error::Internal`] if `after` isn't the ID of a key. As [`Table::call`].
pub async fn list(
    table: &Table,
    mut keys: Vec<ApiKey>,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<ApiKeyView>> {
    let before: Option<ApiKeyId> = after.map(str::parse).transpose().map_err(Error::internal)?;
    keys.retain(|key| before.is_none_or(|before| key.id < before));
    keys.sort_unstable_by_key(|key| Reverse(key.id));
    let more = keys.len() > limit;
    keys.truncate(limit);
    let next = keys.last().filter(|_| more).map(|last| last.id.to_string());
    let used = last_used(table, &keys).await?;
    let items = keys.into_iter().map(|key| {
        let last_used_at = used.get(&key.id).copied();
        ApiKeyView::new(key, last_used_at)
    });
    Ok(Page { items: items.collect(), next })
}
