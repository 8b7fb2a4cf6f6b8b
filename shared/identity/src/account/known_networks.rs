//! The networks that somebody has signed in to an account from, masked, in an item beside the
//! account: no event, since none says more than a session does.

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::table::{Item, Table, primary, text, textual};

use crate::keys;

/// So many are remembered, the latest.
const MOST: usize = 10;

/// How a network stands to those that were seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is the first of all.
    First,
    /// It was seen before.
    Before,
    /// Others were.
    New,
}

/// Adds to `commit` that somebody signs in from a network, unless that is known. The commit is
/// [`Error::VersionConflict`] when another is noted at the same time.
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
