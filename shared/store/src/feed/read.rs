//! Reads the feed.

use super::log::{self, Entry, Tail};
use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::event::chain::Link;
use crate::id::UserId;
use crate::keys;
use crate::table::Table;

/// The maximum number of entries examined for one page.
const LOOKED_AT: usize = 1_000;
/// The number of entries read at a time.
const STEP: usize = 100;

/// The filter of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only events of aggregates that this account owns.
    pub owner: Option<UserId>,
    /// Only events of these types; all types if empty.
    pub kinds: Vec<String>,
}

/// A part of the feed.
#[derive(Debug)]
pub struct Part {
    /// The events, oldest first.
    pub events: Vec<Envelope>,
    /// The last position that was examined.
    pub position: u64,
    /// Whether there are more events.
    pub more: bool,
}

/// The link of the feed at a position.
///
/// # Errors
/// [`Error::Internal`] if the position doesn't exist; as [`Table::call`].
pub async fn link_at(table: &Table, position: u64) -> Result<Link> {
    let entries = log::entries(table, position, position).await?;
    entries.first().map(|entry| entry.link).ok_or_else(|| missing(position))
}

/// Reads the wanted events after a position, at most `limit`.
///
/// The end of the log is read first, so no event can be added up to there later.
///
/// # Errors
/// As [`Table::call`].
pub async fn read(table: &Table, wanted: &Wanted, after: u64, limit: usize) -> Result<Part> {
    let tail = log::tail(table).await?;
    let end = tail.head.position;
    let (mut events, mut position, mut looked_at) = (Vec::new(), after, 0);
    while position < end && events.len() < limit && looked_at < LOOKED_AT {
        let (found, reached) = match wanted.owner {
            None => all(table, position, end).await?,
            Some(owner) => owned(table, owner, position, &tail).await?,
        };
        looked_at += found.len();
        let is_wanted =
            |entry: &&Entry| wanted.kinds.is_empty() || wanted.kinds.contains(&entry.kind);
        let room = limit - events.len();
        let taken: Vec<&Entry> = found.iter().filter(is_wanted).take(room).collect();
        position = match taken.last() {
            Some(last) if taken.len() == room => last.position,
            _ => reached,
        };
        events.extend(resolve(table, taken).await?);
    }
    Ok(Part { events, position, more: position < end })
}

/// Reads the next entries after `after` and up to `end`, without gaps; also returns the position
/// that they reach.
async fn all(table: &Table, after: u64, end: u64) -> Result<(Vec<Entry>, u64)> {
    let last = end.min(after + STEP as u64);
    let found = log::entries(table, after + 1, last).await?;
    for (position, entry) in (after + 1..=last).zip(&found) {
        if entry.position != position {
            return Err(missing(position));
        }
    }
    let reached = after + found.len() as u64;
    if reached < last { Err(missing(reached + 1)) } else { Ok((found, reached)) }
}

/// Reads the next entries of an owner; also returns the position that they reach, because events of
/// other owners are in between.
///
/// The owner's part of the feed contains all settled entries; the others are in the tail.
async fn owned(table: &Table, owner: UserId, after: u64, tail: &Tail) -> Result<(Vec<Entry>, u64)> {
    let pk = keys::feed_entry_of(owner, 0).pk;
    let (items, more) = table.partition(&pk, "", Some(&keys::feed_position(after)), STEP).await?;
    let mut found: Vec<Entry> = Vec::with_capacity(items.len());
    for item in &items {
        let entry = Entry::from_copy(item, owner)?;
        if entry.position <= tail.settled {
            found.push(entry);
        }
    }
    if more && found.len() == items.len() {
        let reached = found.last().map_or(after, |entry| entry.position);
        return Ok((found, reached));
    }
    let in_tail = tail.batches.iter().flat_map(|batch| &batch.entries);
    found.extend(
        in_tail.filter(|entry| entry.owner == Some(owner) && entry.position > after).cloned(),
    );
    Ok((found, tail.head.position))
}

/// Reads the newest entries of an account's part of the feed, below a position.
pub(crate) async fn resolve_owned(
    table: &Table,
    owner: UserId,
    before: Option<&str>,
    limit: usize,
) -> Result<(Vec<(String, Envelope)>, bool)> {
    let pk = keys::feed_entry_of(owner, 0).pk;
    let (items, more) = table.partition_back(&pk, "", before, limit).await?;
    let entries: Vec<Entry> =
        items.iter().map(|item| Entry::from_copy(item, owner)).collect::<Result<_>>()?;
    let events = resolve(table, &entries).await?;
    Ok((
        entries.iter().map(|entry| keys::feed_position(entry.position)).zip(events).collect(),
        more,
    ))
}

/// Reads the events of entries, in their order.
async fn resolve(
    table: &Table,
    entries: impl IntoIterator<Item = &Entry>,
) -> Result<Vec<Envelope>> {
    let keys: Vec<_> = entries.into_iter().map(|entry| entry.event.clone()).collect();
    table.events_at(&keys).await
}

fn missing(position: u64) -> Error {
    Error::internal(format!("position {position} of the feed is empty"))
}
