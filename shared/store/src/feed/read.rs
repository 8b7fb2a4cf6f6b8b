//! Reading the feed.

use super::{Entry, Head};
use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::event::chain::Link;
use crate::id::UserId;
use crate::keys;
use crate::table::Table;

/// How many entries are looked at for one page, when few of them are wanted.
const LOOKED_AT: usize = 1_000;
/// How many entries are read at once.
const STEP: usize = 100;

/// Which events are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those of what this account owns.
    pub owner: Option<UserId>,
    /// Only those of these types; all, when there is none.
    pub kinds: Vec<String>,
}

/// A part of the feed.
#[derive(Debug)]
pub struct Part {
    /// The events, oldest first.
    pub events: Vec<Envelope>,
    /// The last position that was looked at.
    pub position: u64,
    /// Whether there is more already.
    pub more: bool,
}

/// How long the feed is.
///
/// # Errors
/// As [`Table::call`].
pub async fn head(table: &Table) -> Result<Head> {
    Ok(table
        .get(&keys::feed())
        .await?
        .map(|item| Head::read(&item))
        .transpose()?
        .unwrap_or_default())
}

/// The link of the feed at a position.
///
/// # Errors
/// [`Error::Internal`] when there is no such position; as [`Table::call`].
pub async fn link_at(table: &Table, position: u64) -> Result<Link> {
    let item = table.get(&keys::feed_entry(position)).await?.ok_or_else(|| missing(position))?;
    Ok(Entry::read(&item)?.link)
}

/// The events that are wanted after a position, at most `limit`.
///
/// The length is read first: what it counts is committed, so whatever is missing up to there is not
/// on its way.
///
/// # Errors
/// As [`Table::call`].
pub async fn read(table: &Table, wanted: &Wanted, after: u64, limit: usize) -> Result<Part> {
    let end = head(table).await?.position;
    let (mut events, mut position, mut looked_at) = (Vec::new(), after, 0);
    while position < end && events.len() < limit && looked_at < LOOKED_AT {
        let found = match wanted.owner {
            None => entries(table, position, end, STEP).await?,
            Some(owner) => owned(table, owner, position, end).await?,
        };
        looked_at += found.len();
        // Between two events of one owner are those of others.
        let passed = if found.len() < STEP && wanted.owner.is_some() { end } else { position };
        let is_wanted =
            |entry: &&Entry| wanted.kinds.is_empty() || wanted.kinds.contains(&entry.kind);
        let room = limit - events.len();
        let taken: Vec<&Entry> = found.iter().filter(is_wanted).take(room).collect();
        position = match taken.last() {
            Some(last) if taken.len() == room => last.position,
            _ => found.last().map_or(passed, |last| last.position).max(passed),
        };
        events.extend(resolve(table, taken).await?);
    }
    Ok(Part { events, position, more: position < end })
}

/// The entries after `after` and up to `end`, at most `limit`, without a gap.
async fn entries(table: &Table, after: u64, end: u64, limit: usize) -> Result<Vec<Entry>> {
    let mut found: Vec<Entry> = Vec::new();
    while found.len() < limit {
        let next = after + found.len() as u64 + 1;
        if next > end {
            break;
        }
        let first = keys::feed_entry(next);
        let before = keys::feed_position(next - 1);
        let (items, _) = table.partition(&first.pk, "", Some(&before), limit - found.len()).await?;
        for item in items {
            let entry = Entry::read(&item)?;
            if entry.position > end {
                return Ok(found);
            }
            if entry.position != after + found.len() as u64 + 1 {
                return Err(missing(after + found.len() as u64 + 1));
            }
            found.push(entry);
        }
        if found.len() as u64 + after + 1 == next {
            return Err(missing(next));
        }
    }
    Ok(found)
}

async fn owned(table: &Table, owner: UserId, after: u64, end: u64) -> Result<Vec<Entry>> {
    let pk = keys::feed_entry_of(owner, 0).pk;
    let (items, _) = table.partition(&pk, "", Some(&keys::feed_position(after)), STEP).await?;
    let entries: Vec<Entry> = items.iter().map(Entry::read).collect::<Result<_>>()?;
    Ok(entries.into_iter().filter(|entry| entry.position <= end).collect())
}

/// The newest entries of an account's part of the feed, below a position.
pub async fn resolve_owned(
    table: &Table,
    owner: UserId,
    before: Option<&str>,
    limit: usize,
) -> Result<(Vec<(String, Envelope)>, bool)> {
    let pk = keys::feed_entry_of(owner, 0).pk;
    let (items, more) = table.partition_back(&pk, "", before, limit).await?;
    let entries: Vec<Entry> = items.iter().map(Entry::read).collect::<Result<_>>()?;
    let events = resolve(table, &entries).await?;
    Ok((
        entries.iter().map(|entry| keys::feed_position(entry.position)).zip(events).collect(),
        more,
    ))
}

/// The events that entries stand for, in their order.
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
