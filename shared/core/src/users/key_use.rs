//! When API keys were last used, as far as their guards remember.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::error::Result;
use crate::id::ApiKeyId;
use crate::keys;
use crate::table::{Table, number};
use crate::users::api_key::ApiKey;

/// The attribute of a key's guard that holds when it last let a request in, in seconds since 1970.
pub const LAST_USED: &str = "lastUsedAt";
/// For how long a key's guard remembers after its last use, in seconds: 90 days.
pub const MEMORY: i64 = 90 * 24 * 3600;

/// When each of these keys was last used; those that were not within [`MEMORY`] are missing.
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
