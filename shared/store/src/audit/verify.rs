//! Proving that no event was changed, removed or inserted.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::audit::fold::Fold;
use crate::audit::heads::{HeadKey, SignedHead};
use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::event::chain::Link;
use crate::feed::{self, Entry, Head, POSITION};
use crate::id::UserId;
use crate::keys::{self, Family, Key};
use crate::personal::{PersonKey, holds_sealed_values};
use crate::table::{Item, Table, document_of, event_as_stored, number, text};

/// The number of positions checked at a time.
const STEP: u64 = 50;
/// The number of events of an aggregate read at a time.
const EVENTS: usize = 100;
/// The maximum number of reported faults.
const TOLD: usize = 100;

/// Something that isn't as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The position of the feed where it shows.
    pub position: u64,
    /// The description of the fault.
    pub what: String,
}

/// The result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The number of positions checked.
    pub checked: u64,
    /// The number of signed heads that confirmed them.
    pub heads: usize,
    /// The first faults, in the order of their positions.
    pub faults: Vec<Fault>,
    /// The last position checked.
    pub position: u64,
    /// Whether that is the end of the feed.
    pub complete: bool,
}

/// An event as it is stored.
struct Stored {
    event: Envelope,
    /// The input of its link.
    data: String,
    /// Its recorded position.
    position: Option<i64>,
}

/// The events at some keys; `None` where there is something else.
type Events = HashMap<Key, Option<Stored>>;

/// The aggregates whose events are in the feed.
#[derive(Debug, Clone, Copy)]
pub struct Aggregates {
    /// The keys of all of them, and of their events.
    pub keys: &'static [Family],
    /// Derives the state of each kind from its events.
    pub folds: &'static [Fold],
}

/// The walk over the feed.
struct Walk<'a> {
    table: &'a Table,
    heads: &'a [SignedHead],
    aggregates: &'a Aggregates,
    report: Report,
    /// Up to this position, every event has its position.
    settled: u64,
    /// The link of the position before; `None` after one that is missing.
    link: Option<Link>,
}

impl Report {
    fn fault(&mut self, position: u64, what: impl fmt::Display) {
        if self.faults.len() < TOLD {
            self.faults.push(Fault { position, what: what.to_string() });
        }
    }
}

/// Checks the feed, the events in it and their aggregates, from the position after `from` on, as
/// long as `go_on` says so. Each state must be what its events make.
///
/// # Errors
/// As [`Table::call`]: a store that doesn't answer is no fault of the trail.
pub async fn verify(
    table: &Table,
    heads: &[std::result::Result<SignedHead, String>],
    key: &HeadKey,
    aggregates: &Aggregates,
    from: Head,
    go_on: impl Fn() -> bool,
) -> Result<Report> {
    let mut report = Report { position: from.position, ..Report::default() };
    let mut good = Vec::new();
    for head in heads {
        match head {
            Ok(head) if head.is_signed_by(key) => good.push(head.clone()),
            Ok(head) => report
                .fault(head.position, format!("the head of {} has a wrong signature", head.at)),
            Err(name) => report.fault(0, format!("{name} is no head")),
        }
    }
    let feed::End { head: end, settled } = feed::end(table).await?;
    for head in good.iter().filter(|head| head.position > end.position) {
        let what = format!(
            "the feed is truncated: it ends at {}, but had {} on {}",
            end.position, head.position, head.at
        );
        report.fault(head.position, what);
    }
    let mut walk = Walk { table, heads: &good, aggregates, report, settled, link: Some(from.link) };
    while walk.report.position < end.position && go_on() {
        let last = (walk.report.position + STEP).min(end.position);
        walk.step(walk.report.position + 1, last).await?;
    }
    walk.report.complete = walk.report.position == end.position;
    Ok(walk.report)
}

impl Walk<'_> {
    async fn step(&mut self, first: u64, last: u64) -> Result<()> {
        let mut found: HashMap<u64, Entry> = feed::entries(self.table, first, last)
            .await?
            .into_iter()
            .map(|entry| (entry.position, entry))
            .collect();
        let entries: Vec<Option<Entry>> =
            (first..=last).map(|position| found.remove(&position)).collect();
        let events = self.events(entries.iter().flatten().map(|entry| entry.event.clone())).await?;
        let before =
            events.iter().filter_map(|(key, found)| predecessor(key, &found.as_ref()?.event));
        let before = self.events(before.collect::<Vec<_>>().into_iter()).await?;
        let newest = self.newest(&events).await?;
        for (position, entry) in (first..=last).zip(entries) {
            self.report.checked += 1;
            self.report.position = position;
            let Some(entry) = entry else {
                self.report.fault(position, "there is no event");
                self.link = None;
                continue;
            };
            for head in self.heads.iter().filter(|head| head.position == position) {
                self.report.heads += 1;
                if head.link != entry.link {
                    self.report.fault(
                        position,
                        format!("the link is not that of the head of {}", head.at),
                    );
                }
            }
            match events.get(&entry.event).and_then(Option::as_ref) {
                None => self.report.fault(position, format!("{} is missing", entry.id)),
                Some(stored) => {
                    self.event(position, &entry, stored)?;
                    if let Some(what) = follows(&stored.event, &entry.event, &before) {
                        self.report.fault(position, what);
                    }
                }
            }
            if let Some(what) = newest.get(&entry.event) {
                self.report.fault(position, what);
            }
            self.link = Some(entry.link);
        }
        Ok(())
    }

    fn event(&mut self, position: u64, entry: &Entry, stored: &Stored) -> Result<()> {
        let Stored { event, data, position: told } = stored;
        let id = event.id;
        let is_told =
            told.map_or(position > self.settled, |told| u64::try_from(told) == Ok(position));
        if !is_told {
            self.report.fault(position, format!("{id} has a different position, or none"));
        }
        if id != entry.id || event.kind != entry.kind {
            self.report.fault(position, format!("{id} is in the place of {}", entry.id));
        }
        if event.link_of(data)? != event.link {
            self.report.fault(position, format!("{id} has been changed"));
        }
        if self.link.is_some_and(|before| before.join(position, event.link) != entry.link) {
            self.report.fault(
                position,
                format!(
                    "the link doesn't follow from {id} and the link before \
                 it"
                ),
            );
        }
        Ok(())
    }

    /// Reads the events at these keys. A key that can't be that of an event isn't read: a
    /// manipulated entry may name any item, also one that the caller has no permission to read.
    async fn events(&self, keys: impl Iterator<Item = Key>) -> Result<Events> {
        let mut keys: Vec<Key> = keys.filter(|key| self.is_event(key)).collect();
        keys.sort();
        keys.dedup();
        let items = self.table.get_all(&keys).await?;
        let stored = |item: Item| {
            let position = number(&item, POSITION);
            let (event, data) = event_as_stored(item).ok()?;
            Some(Stored { event, data, position })
        };
        Ok(items.into_iter().map(|(key, item)| (key, stored(item))).collect())
    }

    fn is_event(&self, key: &Key) -> bool {
        key.sk.starts_with(keys::EVENT_PREFIX)
            && self.aggregates.keys.iter().any(|family| family.contains(key))
    }

    /// Finds faults at the end of each aggregate: its state must have the version of its last
    /// event.
    async fn newest(&self, events: &Events) -> Result<HashMap<Key, String>> {
        let states: HashMap<&Key, Key> =
            events.keys().filter_map(|key| Some((key, state_of(key)?))).collect();
        let mut wanted: Vec<Key> = states.values().cloned().collect();
        wanted.sort();
        wanted.dedup();
        let items = self.table.get_all(&wanted).await?;
        let last = |event: &Key, state: &Item| {
            Some(with_version(event, u64::try_from(number(state, "version")?).ok()?))
        };
        let found = states.iter().filter_map(|(event, state)| last(event, items.get(state)?));
        let ends = self.events(found.collect::<Vec<_>>().into_iter()).await?;
        let mut wrong = HashMap::new();
        for (event, state) in states {
            let Some(item) = items.get(&state) else {
                // Aggregates in the partition of another one, such as sessions, may have been
                // removed after they ended; all others must exist.
                if state.sk == keys::STATE {
                    wrong.insert(event.clone(), format!("the aggregate of {event:?} is missing"));
                }
                continue;
            };
            let end = last(event, item).ok_or_else(|| Error::internal("a state has no version"))?;
            // States were read after their events, so this one has been set back.
            if end < *event {
                let what = format!("{} has an earlier version than {}", state.pk, event.sk);
                wrong.insert(event.clone(), what);
                continue;
            }
            match ends.get(&end).and_then(Option::as_ref) {
                None => {
                    drop(wrong.insert(
                        event.clone(),
                        format!("the event {} {} is missing", end.pk, end.sk),
                    ))
                }
                Some(Stored { event: newest, .. })
                    if newest.link.to_string() != text(item, "link")? =>
                {
                    wrong.insert(
                        event.clone(),
                        format!(
                            "{} doesn't have the version of its last event {}",
                            state.pk, newest.id
                        ),
                    );
                }
                // Once for each aggregate: where its last event comes.
                Some(Stored { event: newest, .. }) if end == *event => {
                    if let Some(what) = self.folded(event, newest, item).await? {
                        wrong.insert(event.clone(), what);
                    }
                }
                Some(_) => {}
            }
        }
        Ok(wrong)
    }

    /// Finds the fault of a state with the version of this last event.
    async fn folded(&self, at: &Key, last: &Envelope, state: &Item) -> Result<Option<String>> {
        let Some(fold) = self.aggregates.folds.iter().find(|fold| fold.kind == last.aggregate)
        else {
            return Ok(Some(format!("the kind {} is unknown", last.aggregate)));
        };
        let events = self.all_until(at, last.version).await?;
        let key = match last
            .owner
            .filter(|_| events.iter().any(|event| holds_sealed_values(&event.data)))
        {
            Some(owner) => self.person_key(owner).await?,
            None => None,
        };
        let follows = document_of(state, "state")
            .and_then(|document| fold.follows(&document, &events, key.as_ref()));
        Ok(match follows {
            Ok(true) => None,
            Ok(false) => Some(format!("{} differs from the state that its events produce", at.pk)),
            Err(error) => Some(format!("{} can't be compared with its events: {error}", at.pk)),
        })
    }

    /// An aggregate's events from the first to this version.
    async fn all_until(&self, last: &Key, version: u64) -> Result<Vec<Envelope>> {
        let prefix = last.sk.get(..last.sk.len().saturating_sub(10)).unwrap_or_default();
        let mut events: Vec<Envelope> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.version);
            // An account's own events are followed by those of its sessions, so the limit is their
            // number.
            let left = usize::try_from(version.saturating_sub(after)).unwrap_or(EVENTS);
            if left == 0 {
                return Ok(events);
            }
            let (found, more) = self.table.events(last, prefix, after, left.min(EVENTS)).await?;
            events.extend(found);
            if !more {
                return Ok(events);
            }
        }
    }

    /// The key of a person's data; `None` when it is erased.
    async fn person_key(&self, person: UserId) -> Result<Option<PersonKey>> {
        let at = keys::person_key(person);
        let items = self.table.get_all(std::slice::from_ref(&at)).await?;
        let key = items.get(&at).and_then(|item| item.get("key")?.as_b().ok());
        Ok(key.and_then(|key| PersonKey::from_bytes(key.as_ref())))
    }
}

/// Finds the fault between an event and the one before it.
fn follows(event: &Envelope, key: &Key, before: &Events) -> Option<String> {
    let Some(predecessor) = predecessor(key, event) else {
        return (event.previous != Link::NONE)
            .then(|| format!("{} is not the first event of its aggregate", event.id));
    };
    match before.get(&predecessor).and_then(Option::as_ref) {
        None => Some(format!("the event before {} is missing", event.id)),
        Some(Stored { event: before, .. }) if before.link != event.previous => {
            Some(format!("{} does not follow {}", event.id, before.id))
        }
        Some(_) => None,
    }
}

fn predecessor(key: &Key, event: &Envelope) -> Option<Key> {
    (event.version > 1).then(|| with_version(key, event.version - 1))
}

/// The key of another event of the same aggregate.
fn with_version(key: &Key, version: u64) -> Key {
    let prefix = key.sk.len().saturating_sub(10);
    Key { sk: format!("{}{version:010}", key.sk.get(..prefix).unwrap_or_default()), ..key.clone() }
}

/// Returns the key of the state of an event, by the text between `EVENT#` and the version.
fn state_of(event: &Key) -> Option<Key> {
    let inner = event.sk.strip_prefix(keys::EVENT_PREFIX)?;
    let inner = inner.get(..inner.len().checked_sub(10)?)?;
    let sk = if inner.is_empty() { keys::STATE } else { inner.trim_end_matches('#') };
    Some(Key { sk: sk.to_owned(), ..event.clone() })
}
