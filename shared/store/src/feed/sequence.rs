//! Assigns positions to events.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join_all;

use super::log::{self, Batch, Entry, Head};
use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::keys::{self, Key, TableName};
use crate::listing;
use crate::table::{Item, Table, counted, event_without_data, key, number, values};

/// The number of events that get positions at a time: the size of the stream's batches.
const BATCH: usize = 100;
/// The maximum number of attempts for a batch while others also append: each shard of the stream
/// has its own run.
const ATTEMPTS: u32 = 20;
/// The number of events whose positions are written concurrently.
const AT_ONCE: usize = 10;
/// The number of earlier events that are checked for a missing position at a time.
const STEP: usize = 32;

/// The attribute of an event with its position in the feed.
pub(crate) const POSITION: &str = "feedPosition";

/// An event to add to the feed.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The key.
    pub key: Key,
    /// The event; its data isn't needed.
    pub event: Envelope,
}

/// The state of a run.
struct Plan {
    /// The end of the log.
    head: Head,
    /// The position up to which the log is settled.
    settled: u64,
    /// The entries of the tail that aren't settled.
    unsettled: Vec<(Entry, Envelope)>,
    /// The entries to append.
    new: Vec<(Entry, Envelope)>,
    /// Whether nothing is left to do afterwards.
    is_last: bool,
}

/// Assigns the next position to each event without one, after its predecessors without one. An
/// event that is delivered again keeps its position. Returns the number of assigned positions.
///
/// # Errors
/// [`Error::Unavailable`] if other runs were always faster; as [`Table::call`].
pub async fn sequence(table: &Table, arrivals: Vec<Arrival>) -> Result<u64> {
    let mut added = 0;
    for arrivals in arrivals.chunks(BATCH) {
        let mut attempt = 0;
        loop {
            let plan = plan(table, arrivals).await?;
            if plan.new.is_empty() {
                settle(table, &plan.unsettled).await?;
                break;
            }
            let entries: Vec<Entry> = plan.new.iter().map(|(entry, _)| entry.clone()).collect();
            let batch = Batch { settled: plan.settled, entries };
            let at = keys::feed_log(batch.first());
            let free = "attribute_not_exists(pk)";
            if table.put_if(&at, batch.item()?, free, Item::new()).await?.is_none() {
                // An entry that can't be settled must not prevent others from being settled.
                let settled = settle(table, &plan.new).await;
                settle(table, &plan.unsettled).await?;
                settled?;
                (added, attempt) = (added + plan.new.len() as u64, 0);
                if plan.is_last {
                    break;
                }
            } else if attempt < ATTEMPTS {
                attempt += 1;
                let pause = fastrand::u64(1..=20 * u64::from(attempt));
                tokio::time::sleep(Duration::from_millis(pause)).await;
            } else {
                return Err(Error::Unavailable(
                    "every attempt conflicted with another sequencer".into(),
                ));
            }
        }
    }
    Ok(added)
}

/// Reads the events at these keys that exist and have no position.
///
/// # Errors
/// As [`Table::call`].
pub(super) async fn without_position(table: &Table, at: &[Key]) -> Result<Vec<Arrival>> {
    let mut items = table.get_all(at).await?;
    let mut found = Vec::new();
    for key in at {
        if let Some(item) = items.remove(key).filter(|item| !item.contains_key(POSITION)) {
            found.push(Arrival { key: key.clone(), event: event_without_data(item)? });
        }
    }
    Ok(found)
}

async fn plan(table: &Table, arrivals: &[Arrival]) -> Result<Plan> {
    let before = log::tail(table).await?;
    let in_tail = || before.batches.iter().flat_map(|batch| &batch.entries);
    let mut wanted: HashSet<Key> = in_tail().map(|entry| entry.event.clone()).collect();
    wanted.extend(arrivals.iter().map(|arrival| arrival.key.clone()));
    wanted.extend(arrivals.iter().filter_map(predecessor));
    let items = table.get_all(&Vec::from_iter(wanted)).await?;

    let (mut settled, mut unsettled) = (before.settled, Vec::new());
    for batch in &before.batches {
        for entry in &batch.entries {
            // A removed event can't get a position; verify-audit reports it.
            if let Some(item) = items.get(&entry.event).filter(|item| !is_told(item)) {
                unsettled.push((entry.clone(), event_without_data(item.clone())?));
            }
        }
        if unsettled.is_empty() {
            settled = batch.last();
        }
    }

    let mut placed: HashSet<Key> = in_tail().map(|entry| entry.event.clone()).collect();
    placed.extend(items.iter().filter(|(_, item)| is_told(item)).map(|(key, _)| key.clone()));
    let mut plan = Plan { head: before.head, settled, unsettled, new: Vec::new(), is_last: true };
    for arrival in arrivals {
        if placed.contains(&arrival.key) {
            continue;
        }
        if !items.contains_key(&arrival.key) {
            tracing::error!(key = ?arrival.key, "an event is missing in the table and gets no \
             position: run verify-audit");
            continue;
        }
        let mut next = Vec::new();
        if let Some(predecessor) = predecessor(arrival).filter(|key| !placed.contains(key)) {
            if items.contains_key(&predecessor) {
                next = earlier(table, arrival, &placed).await?;
            } else {
                tracing::error!(key = ?arrival.key, "the event before this one is missing: run \
                 verify-audit");
            }
        }
        next.push(arrival.clone());
        for Arrival { key, event } in next {
            if plan.new.len() == BATCH {
                // The rest is appended with the next item, whose run finds this one in the tail.
                plan.is_last = false;
                return Ok(plan);
            }
            let head = plan.new.last().map_or(plan.head, |(entry, _)| entry.head());
            plan.new.push((Entry::new(&head, &event, &key), event));
            placed.insert(key);
        }
    }
    Ok(plan)
}

fn is_told(item: &Item) -> bool {
    number(item, POSITION).is_some()
}

/// Returns the key of the previous event of the same aggregate; `None` for the first.
fn predecessor(arrival: &Arrival) -> Option<Key> {
    let version = arrival.event.version;
    let prefix = arrival.key.sk.strip_suffix(&format!("{version:010}"))?;
    (version > 1).then(|| Key { sk: format!("{prefix}{:010}", version - 1), ..arrival.key.clone() })
}

/// Reads the previous events of the aggregate that have no position, oldest first: they were lost
/// in the stream, but are still in the table.
async fn earlier(table: &Table, arrival: &Arrival, placed: &HashSet<Key>) -> Result<Vec<Arrival>> {
    let version = format!("{:010}", arrival.event.version);
    let prefix = arrival.key.sk.strip_suffix(&version).unwrap_or_default();
    let (mut found, mut before) = (Vec::new(), arrival.key.sk.clone());
    loop {
        let (items, more) =
            table.partition_back(&arrival.key.pk, prefix, Some(&before), STEP).await?;
        for item in items {
            let at = key(&item)?;
            if is_told(&item) || placed.contains(&at) {
                found.reverse();
                return Ok(found);
            }
            before.clone_from(&at.sk);
            found.push(Arrival { key: at, event: event_without_data(item)? });
        }
        if !more {
            found.reverse();
            return Ok(found);
        }
    }
}

/// Copies entries into the feeds of their owners, and then writes the positions of the events: an
/// event with a position is in its owner's feed. Repeating this changes nothing.
async fn settle(table: &Table, entries: &[(Entry, Envelope)]) -> Result<()> {
    let copies = entries.iter().filter_map(|(entry, _)| Some(entry.copy_for(entry.owner?)));
    table.put_all(TableName::Data, copies.collect()).await?;
    let mut outcome = Ok(());
    for entries in entries.chunks(AT_ONCE) {
        let told = join_all(entries.iter().map(|(entry, event)| tell(table, entry, event))).await;
        outcome = outcome.and(told.into_iter().collect());
    }
    outcome
}

/// Writes the position of an event into it, and adds its further index entries.
async fn tell(table: &Table, entry: &Entry, event: &Envelope) -> Result<()> {
    let mut update = "SET feedPosition = :position".to_owned();
    let mut set = values([(":position", counted(entry.position))]);
    for (name, value) in listing::of_sequenced(event) {
        update.push_str(&format!(", {name} = :{name}"));
        set.insert(format!(":{name}"), value);
    }
    table.update_if(&entry.event, &update, "attribute_exists(pk)", set).await.map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::chain::Link;

    fn arrival(sk: &str, version: u64) -> Arrival {
        let event = json!({
            "id": "evt_01m7w6c380ewerr5d6grc7qdnv", "type": "order.placed", "aggregate": "order",
            "aggregateId": "ord_01m7w6c380ewerr5d6grc7qdnv", "version": version,
            "at": "2026-11-21T10:00:00.5Z", "actor": { "type": "system" }, "requestId": "r",
            "previous": Link::NONE, "link": Link::NONE, "data": null,
        });
        Arrival { key: Key::data("ORDER#1", sk), event: serde_json::from_value(event).unwrap() }
    }

    #[test]
    fn the_predecessor_is_the_previous_version() {
        assert_eq!(predecessor(&arrival("EVENT#0000000001", 1)), None);
        let before = predecessor(&arrival("EVENT#SESSION#a#0000000010", 10)).unwrap();
        assert_eq!(before.sk, "EVENT#SESSION#a#0000000009");
    }

    #[test]
    fn a_log_item_is_read_as_written() {
        let arrival = arrival("EVENT#0000000001", 1);
        let first = Entry::new(&Head::default(), &arrival.event, &arrival.key);
        let second = Entry::new(&first.head(), &arrival.event, &arrival.key);
        let batch = Batch { settled: 0, entries: vec![first, second] };
        assert_eq!(Batch::read(&batch.item().unwrap()).unwrap(), batch);
    }
}
