//! Giving events their positions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::{Entry, Head};
use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::event::{Context, Envelope, Traits};
use crate::keys::{self, Key};
use crate::listing;
use crate::table::{Item, Table, counted, number, textual};

/// How many events get their positions in one transaction. Each takes up to three of DynamoDB's
/// hundred actions, the counter one.
const BATCH: usize = 32;
/// How often a batch is tried while others give positions too: each shard of the stream has a run
/// of its own.
const ATTEMPTS: u32 = 20;

/// An event on its way into the feed.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Where it is stored.
    pub key: Key,
    /// The event.
    pub event: Envelope,
}

/// The events of one aggregate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stream {
    pk: String,
    prefix: String,
}

impl Arrival {
    fn stream(&self) -> Result<Stream> {
        Stream::of(&self.key, self.event.version)
    }
}

impl Stream {
    /// The aggregate that an event is of: what is left of its key without its version.
    fn of(event: &Key, version: u64) -> Result<Self> {
        let prefix = event.sk.strip_suffix(&format!("{version:010}"));
        let prefix =
            prefix.ok_or_else(|| Error::internal("an event's key doesn't end in its version"))?;
        Ok(Self { pk: event.pk.clone(), prefix: prefix.to_owned() })
    }

    fn sequenced(&self) -> Key {
        keys::sequenced(&self.pk, &self.prefix)
    }
}

/// What one transaction adds.
struct Batch {
    before: Head,
    entries: Vec<(Entry, Arrival)>,
    /// How far each aggregate is in the feed: before and after.
    streams: BTreeMap<Stream, (u64, u64)>,
    /// Whether nothing is left to do after it.
    is_last: bool,
}

/// Gives each event that has none the next position, and each of its predecessors that has none one
/// before it. An event that comes a second time keeps the position it has. Gives how many got one.
///
/// # Errors
/// [`Error::Unavailable`] when others were always faster; as [`Table::call`] and [`Commit::send`].
pub async fn sequence(table: &Table, context: &Context, arrivals: Vec<Arrival>) -> Result<u64> {
    let mut added = 0;
    for arrivals in arrivals.chunks(BATCH) {
        let mut attempt = 0;
        loop {
            let batch = plan(table, arrivals).await?;
            if batch.entries.is_empty() {
                break;
            }
            let count = batch.entries.len() as u64;
            match commit(context, &batch)?.send(table).await {
                Ok(()) => {
                    (added, attempt) = (added + count, 0);
                    if batch.is_last {
                        break;
                    }
                }
                Err(Error::VersionConflict) if attempt < ATTEMPTS => {
                    attempt += 1;
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(
                        1..=20 * u64::from(attempt),
                    )))
                    .await;
                }
                Err(Error::VersionConflict) => {
                    return Err(Error::Unavailable("others were always faster".into()));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(added)
}

/// Of events, each with its version, those that have no position.
///
/// # Errors
/// As [`Table::call`].
pub(super) async fn missing(table: &Table, events: Vec<(Key, u64)>) -> Result<Vec<Key>> {
    let streams = events
        .iter()
        .map(|(key, version)| Stream::of(key, *version))
        .collect::<Result<Vec<_>>>()?;
    let counters: BTreeSet<Key> = streams.iter().map(Stream::sequenced).collect();
    let items = table.get_all(&Vec::from_iter(counters)).await?;
    let waits = |stream: &Stream, version: u64| reached(&items, stream) < version;
    let missing =
        events.into_iter().zip(&streams).filter(|((_, version), stream)| waits(stream, *version));
    Ok(missing.map(|((key, _), _)| key).collect())
}

/// How far an aggregate is in the feed, by its counter among `items`.
fn reached(items: &HashMap<Key, Item>, stream: &Stream) -> u64 {
    let found = items.get(&stream.sequenced()).and_then(|item| number(item, "sequenced"));
    found.and_then(|version| u64::try_from(version).ok()).unwrap_or_default()
}

async fn plan(table: &Table, arrivals: &[Arrival]) -> Result<Batch> {
    let Known { head, streams, events } = known(table, arrivals).await?;
    let mut batch =
        Batch { before: head, entries: Vec::new(), streams: BTreeMap::new(), is_last: true };
    for arrival in arrivals {
        if !events.contains(&arrival.key) {
            tracing::error!(key = ?arrival.key, "an event that is not in the table gets no \
                 position: run verify-audit");
            continue;
        }
        let stream = arrival.stream()?;
        let begun = streams.get(&stream).copied().unwrap_or_default();
        let reached = batch.streams.get(&stream).map_or(begun, |(_, reached)| *reached);
        let mut next = Vec::new();
        if arrival.event.version > reached + 1 {
            next = between(table, &stream, reached, arrival.event.version).await?;
            // There may be more of them than were read.
            batch.is_last = false;
        }
        next.push(arrival.clone());
        for arrival in next {
            let reached = batch.streams.get(&stream).map_or(begun, |(_, reached)| *reached);
            if arrival.event.version <= reached {
                continue;
            }
            if batch.entries.len() == BATCH {
                // The rest comes with the next transaction, which finds this one done.
                batch.is_last = false;
                return Ok(batch);
            }
            if arrival.event.version > reached + 1 {
                tracing::error!(key = ?arrival.key, "the event before this one is gone: run \
                     verify-audit");
            }
            batch.streams.insert(stream.clone(), (begun, arrival.event.version));
            let head = batch.entries.last().map_or(batch.before, |(entry, _)| entry.head());
            batch.entries.push((Entry::new(&head, &arrival.event, &arrival.key), arrival));
        }
    }
    Ok(batch)
}

/// The first events of an aggregate after one version and before another: lost on the way here,
/// they are still in the table.
async fn between(table: &Table, stream: &Stream, after: u64, before: u64) -> Result<Vec<Arrival>> {
    let limit = usize::try_from(before - after - 1).unwrap_or(BATCH).min(BATCH);
    let (events, _) =
        table.events(&Key::data(&stream.pk, ""), &stream.prefix, after, limit).await?;
    let events = events.into_iter().filter(|event| event.version < before);
    Ok(events
        .map(|event| Arrival {
            key: Key::data(&stream.pk, format!("{}{:010}", stream.prefix, event.version)),
            event,
        })
        .collect())
}

/// What the table knows of arrivals.
struct Known {
    /// How long the feed is.
    head: Head,
    /// How far each aggregate is in it.
    streams: BTreeMap<Stream, u64>,
    /// The events that there really are: a position must lead somewhere.
    events: BTreeSet<Key>,
}

async fn known(table: &Table, arrivals: &[Arrival]) -> Result<Known> {
    let mut streams = BTreeMap::new();
    for arrival in arrivals {
        streams.insert(arrival.stream()?, 0);
    }
    let keys: Vec<Key> = streams
        .keys()
        .map(Stream::sequenced)
        .chain([keys::feed()])
        .chain(arrivals.iter().map(|arrival| arrival.key.clone()))
        .collect();
    let mut items = table.get_all(&keys).await?;
    let head =
        items.remove(&keys::feed()).map(|item| Head::read(&item)).transpose()?.unwrap_or_default();
    for (stream, version) in &mut streams {
        *version = reached(&items, stream);
    }
    let events = arrivals
        .iter()
        .map(|arrival| &arrival.key)
        .filter(|key| items.contains_key(*key))
        .cloned()
        .collect();
    Ok(Known { head, streams, events })
}

fn commit(context: &Context, batch: &Batch) -> Result<Commit> {
    let mut commit = Commit::new(context);
    for (entry, arrival) in &batch.entries {
        let at = keys::feed_entry(entry.position);
        let mut item = entry.item(&at);
        listing::list_feed_entry(&mut item, &arrival.event);
        let traits: Item =
            serde_dynamo::to_item(Traits::of(&arrival.event)).map_err(Error::internal)?;
        item.extend(traits);
        commit.insert(at, item, Error::VersionConflict);
        if let Some(owner) = arrival.event.owner {
            let at = keys::feed_entry_of(owner, entry.position);
            commit.insert(at.clone(), entry.item(&at), Error::VersionConflict);
        }
    }
    for (stream, (begun, reached)) in &batch.streams {
        let values = HashMap::from([(":reached".to_owned(), counted(*reached))]);
        move_on(
            &mut commit,
            stream.sequenced(),
            "SET sequenced = :reached",
            "sequenced = :before",
            values,
            *begun,
        );
    }
    let last = batch
        .entries
        .last()
        .map(|(entry, _)| entry.head())
        .ok_or_else(|| Error::internal("a batch holds no event"))?;
    let values = HashMap::from([
        (":position".to_owned(), counted(last.position)),
        (":link".to_owned(), textual(last.link.to_string())),
    ]);
    let update = "SET feedPosition = :position, link = :link";
    move_on(
        &mut commit,
        keys::feed(),
        update,
        "feedPosition = :before",
        values,
        batch.before.position,
    );
    Ok(commit)
}

/// Changes a counter that must still stand where it was read; at 0 there is none yet.
fn move_on(
    commit: &mut Commit,
    key: Key,
    update: &'static str,
    still: &'static str,
    mut values: Item,
    before: u64,
) {
    let condition = if before == 0 {
        "attribute_not_exists(pk)"
    } else {
        values.insert(":before".to_owned(), counted(before));
        still
    };
    commit.update(key, update, condition, values, Error::VersionConflict);
}
