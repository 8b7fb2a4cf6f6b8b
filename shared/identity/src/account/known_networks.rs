//! The networks from which an account was signed in to, masked, in an item next to the account.
//! They are not events, because events would reveal no more than sessions do.

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::table::{Item, Table, primary, text, textual};

use crate::keys;

/// The maximum number of stored networks; the latest are retained.
const MOST: usize = 10;

/// Whether a network was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is the account's first network.
    First,
    /// It was used before.
    Before,
    /// It is new, and others were used before.
    New,
}

/// Adds a sign-in's network to `commit`, unless it is known. The commit fails with
/// [`Error::VersionConflict`] if another one is added at the same time.
///
/// # Errors
/// As [`Table::call`].
pub async fn note(table: &Table, commit: &mut Commit, user: UserId, network: &str) -> Result<Seen> {
    let key = keys::known_networks(user);
    let noted = table.get(&key).await?;
    let before =
        noted.as_ref().map(|item| text(item, "networks").map(str::to_owned)).transpose()?;
    let mut networks: Vec<&str> = before
        .as_deref()
        .unwrap_or_default()
        .split(' ')
        .filter(|network| !network.is_empty())
        .collect();
    if networks.contains(&network) {
        return Ok(Seen::Before);
    }
    let seen = if networks.is_empty() { Seen::First } else { Seen::New };
    networks.push(network);
    let latest = &networks[networks.len().saturating_sub(MOST)..];
    let mut item = primary(&key);
    item.insert("networks".to_owned(), textual(latest.join(" ")));
    match &before {
        None => commit.insert(key, item, Error::VersionConflict),
        Some(before) => commit.put_if(
            key,
            item,
            "networks = :before",
            Item::from([(":before".to_owned(), textual(before))]),
            Error::VersionConflict,
        ),
    }
    Ok(seen)
}
