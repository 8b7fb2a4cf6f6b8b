//! The log: the event at each position, many in one item.
//! An item contains the entries of one run of `sequence-events`, under the position of the first.
//! It is written on condition that the item doesn't exist, so of two concurrent runs one is first
//! and the other retries behind it: there is no other locking.
//! After an item is written, its entries are *settled*: each event gets its position, and its
//! owner's part of the feed gets a copy. An item contains the position up to which everything
//! before it is settled. The entries from there to the end of the log are its tail, which readers
//! search themselves, and which the next run settles if a crash interrupted the last one.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::event::chain::Link;
use crate::id::{EventId, UserId};
use crate::keys::{self, Key};
use crate::table::{Item, Table, counted, document, document_of, number, primary, text, textual};

/// The number of items read at a time.
const STEP: usize = 50;

/// The length of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The last position, or 0 if the feed is empty.
    pub position: u64,
    /// The link at this position.
    pub link: Link,
}

/// An entry of the log: the ID and key of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The position, from 1 on.
    pub position: u64,
    /// The event's ID.
    pub id: EventId,
    /// The event's type.
    pub kind: String,
    /// The account that it belongs to, if any.
    pub owner: Option<UserId>,
    /// The key of the event.
    pub event: Key,
    /// The link of the feed at this position.
    pub link: Link,
}

/// An entry as stored in an item of the log; its position follows from that of the first.
#[derive(Serialize, Deserialize)]
struct StoredEntry {
    id: EventId,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<UserId>,
    pk: String,
    sk: String,
    link: Link,
}

/// An item of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    /// The position up to which the log was settled when this was written: the end of an item.
    pub(super) settled: u64,
    /// The entries, at least one.
    pub(super) entries: Vec<Entry>,
}

/// The end of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) head: Head,
    /// The position up to which everything is settled.
    pub(super) settled: u64,
    /// The items after that, up to the head.
    pub(super) batches: Vec<Batch>,
}

impl Entry {
    /// Creates the entry of an event after `before`.
    pub(super) fn new(before: &Head, event: &Envelope, key: &Key) -> Self {
        let position = before.position + 1;
        let link = before.link.join(position, event.link);
        Self {
            position,
            id: event.id,
            kind: event.kind.clone(),
            owner: event.owner,
            event: key.clone(),
            link,
        }
    }

    pub(super) fn head(&self) -> Head {
        Head { position: self.position, link: self.link }
    }

    /// Returns the copy for the owner's part of the feed.
    pub(super) fn copy_for(&self, owner: UserId) -> Item {
        let mut item = primary(&keys::feed_entry_of(owner, self.position));
        item.extend([
            ("feedPosition".to_owned(), counted(self.position)),
            ("eventId".to_owned(), textual(self.id.to_string())),
            ("eventType".to_owned(), textual(&self.kind)),
            ("eventPk".to_owned(), textual(&self.event.pk)),
            ("eventSk".to_owned(), textual(&self.event.sk)),
            ("link".to_owned(), textual(self.link.to_string())),
        ]);
        item
    }

    /// Reads an entry from its copy.
    pub(super) fn from_copy(item: &Item, owner: UserId) -> Result<Self> {
        Ok(Self {
            position: count(item, "feedPosition")?,
            id: text(item, "eventId")?.parse().map_err(Error::internal)?,
            kind: text(item, "eventType")?.to_owned(),
            owner: Some(owner),
            event: Key::data(text(item, "eventPk")?, text(item, "eventSk")?),
            link: text(item, "link")?.parse()?,
        })
    }
}

impl Batch {
    /// Returns the position of its first entry.
    pub(super) fn first(&self) -> u64 {
        self.entries.first().map_or(0, |entry| entry.position)
    }

    /// Returns the position of its last entry.
    pub(super) fn last(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.position)
    }

    pub(super) fn item(&self) -> Result<Item> {
        let entries: Vec<StoredEntry> = self
            .entries
            .iter()
            .map(|entry| StoredEntry {
                id: entry.id,
                kind: entry.kind.clone(),
                owner: entry.owner,
                pk: entry.event.pk.clone(),
                sk: entry.event.sk.clone(),
                link: entry.link,
            })
            .collect();
        let mut item = primary(&keys::feed_log(self.first()));
        item.insert("settled".to_owned(), counted(self.settled));
        let entries = serde_json::to_string(&entries).map_err(Error::internal)?;
        item.insert("entries".to_owned(), document(&entries)?);
        Ok(item)
    }

    pub(super) fn read(item: &Item) -> Result<Self> {
        let first: u64 = text(item, "sk")?.parse().map_err(Error::internal)?;
        let entries: Vec<StoredEntry> =
            serde_json::from_str(&document_of(item, "entries")?).map_err(Error::internal)?;
        if entries.is_empty() {
            return Err(Error::internal("an item of the feed is empty"));
        }
        let entries = (first..).zip(entries).map(|(position, entry)| Entry {
            position,
            id: entry.id,
            kind: entry.kind,
            owner: entry.owner,
            event: Key::data(entry.pk, entry.sk),
            link: entry.link,
        });
        Ok(Self { settled: count(item, "settled")?, entries: entries.collect() })
    }
}

/// The end of the log.
pub(crate) struct End {
    /// Its last entry.
    pub(crate) head: Head,
    /// The position up to which every event contains its position.
    pub(crate) settled: u64,
}

/// Reads the end of the log.
///
/// # Errors
/// As [`Table::call`].
pub(crate) async fn end(table: &Table) -> Result<End> {
    let Tail { head, settled, .. } = tail(table).await?;
    Ok(End { head, settled })
}

/// Reads the end of the log, with the items that aren't settled.
///
/// # Errors
/// As [`Table::call`].
pub(super) async fn tail(table: &Table) -> Result<Tail> {
    let (last, _) = table.partition_back(keys::FEED, "", None, 1).await?;
    let Some(last) = last.first().map(Batch::read).transpose()? else {
        return Ok(Tail::default());
    };
    let settled = last.settled;
    let batches = if settled + 1 == last.first() {
        vec![last]
    } else {
        batches_after(table, settled, u64::MAX).await?
    };
    let head = batches
        .last()
        .and_then(|batch| batch.entries.last())
        .map(Entry::head)
        .ok_or_else(|| Error::internal("an item of the feed is empty"))?;
    Ok(Tail { head, settled, batches })
}

/// Reads the items that begin after `position`, up to the one that contains `last`.
async fn batches_after(table: &Table, position: u64, last: u64) -> Result<Vec<Batch>> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut after = keys::feed_position(position);
    loop {
        let (items, more) = table.partition(keys::FEED, "", Some(&after), STEP).await?;
        for item in &items {
            batches.push(Batch::read(item)?);
        }
        match batches.last() {
            Some(batch) if more && batch.last() < last => {
                after = keys::feed_position(batch.first());
            }
            _ => return Ok(batches),
        }
    }
}

/// Reads the existing entries from `first` to `last`, including both.
///
/// # Errors
/// As [`Table::call`].
pub(crate) async fn entries(table: &Table, first: u64, last: u64) -> Result<Vec<Entry>> {
    // The item that contains `first` begins there or before.
    let behind = keys::feed_position(first.saturating_add(1));
    let (items, _) = table.partition_back(keys::FEED, "", Some(&behind), 1).await?;
    let mut batches = items.iter().map(Batch::read).collect::<Result<Vec<_>>>()?;
    if batches.last().is_none_or(|batch| batch.last() < last) {
        batches.extend(batches_after(table, first, last).await?);
    }
    let mut found: Vec<Entry> = batches.into_iter().flat_map(|batch| batch.entries).collect();
    found.retain(|entry| (first..=last).contains(&entry.position));
    Ok(found)
}

fn count(item: &Item, name: &str) -> Result<u64> {
    let count = number(item, name).and_then(|count| u64::try_from(count).ok());
    count.ok_or_else(|| Error::internal(format!("an item of the feed has no {name}")))
}
