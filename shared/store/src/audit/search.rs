//! Searches events, newest first.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::event::{Actor, Envelope};
use crate::feed;
use crate::id::{EventId, UserId};
use crate::keys::{self, Key};
use crate::listing::{self, Index, Listing, Page};
use crate::table::{Item, Table, event, key, text};

/// The maximum number of events that are examined for one page, when few of them match.
const LOOKED_AT: usize = 1_000;
/// The number of events that are read at once.
const STEP: usize = 100;

/// The filters of a search. All given filters must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// Caused by this user, or by a program with one of their keys.
    pub actor: Option<UserId>,
    /// About an aggregate that belongs to this user.
    pub owner: Option<UserId>,
    /// About the aggregate of this kind and ID.
    pub resource: Option<(&'static str, String)>,
    /// Of this type.
    pub kind: Option<String>,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

/// Returns a page of at most `limit` matching events, after the place where the previous page
/// ended.
///
/// Searches by actor or type find an event once it is in the feed, after a moment; other searches
/// find it at once. One filter is served by an index, the others by examining each event; a page
/// can therefore be short, or empty, and still have a next page.
///
/// # Errors
/// As [`Table::call`].
pub async fn search(
    table: &Table,
    search: &Search,
    before: Option<&str>,
    limit: usize,
) -> Result<Page<Envelope>> {
    let source = search.source();
    let mut before = before.map(str::to_owned);
    let (mut found, mut looked_at): (Vec<Row>, _) = (Vec::new(), 0);
    let next = 'pages: loop {
        let (rows, more) = source.rows(table, before.as_deref(), STEP).await?;
        looked_at += rows.len();
        for row in rows {
            if search.is_past(&source, &row.place) {
                break 'pages None;
            }
            before = Some(row.place.clone());
            if search.fits(&row.traits) {
                // One extra match shows that there is a next page, which begins after the last
                // match of this one.
                if found.len() == limit {
                    break 'pages found.last().map(|row| row.place.clone());
                }
                found.push(row);
            }
        }
        if !more {
            break None;
        }
        if looked_at >= LOOKED_AT {
            break before;
        }
    };
    Ok(Page { items: whole(table, found).await?, next })
}

/// The members of an event that a search filters by, which the indexes contain.
#[derive(Deserialize)]
struct Traits {
    #[serde(rename = "type")]
    kind: String,
    owner: Option<UserId>,
    actor: Actor,
    at: Timestamp,
}

/// An examined event.
struct Row {
    id: EventId,
    /// Its place in its source.
    place: String,
    traits: Traits,
    event: Found,
}

/// An event, or its key.
enum Found {
    Whole(Box<Envelope>),
    At(Key),
}

impl Row {
    fn whole(place: String, event: Envelope) -> Self {
        let traits = Traits {
            kind: event.kind.clone(),
            owner: event.owner,
            actor: event.actor,
            at: event.at,
        };
        Self { id: event.id, place, traits, event: Found::Whole(Box::new(event)) }
    }

    fn listed(id: String, item: Item) -> Result<Self> {
        let at = key(&item)?;
        Ok(Self {
            id: id.parse().map_err(Error::internal)?,
            place: id,
            traits: serde_dynamo::from_item(item).map_err(Error::internal)?,
            event: Found::At(at),
        })
    }
}

/// Reads those events of which only the key is known.
async fn whole(table: &Table, rows: Vec<Row>) -> Result<Vec<Envelope>> {
    let at = |row: &Row| match &row.event {
        Found::At(key) => Some(key.clone()),
        Found::Whole(_) => None,
    };
    let mut read =
        table.events_at(&rows.iter().filter_map(at).collect::<Vec<_>>()).await?.into_iter();
    let event = |row: Row| match row.event {
        Found::Whole(event) => Some(*event),
        Found::At(_) => read.next(),
    };
    Ok(rows.into_iter().filter_map(event).collect())
}

/// The source of a search's events.
enum Source {
    /// An aggregate's own events, by version.
    Resource(Key),
    /// An account's part of the feed, by position.
    Owner(UserId),
    /// The events that an account caused: those about aggregates of others, by event ID, and its
    /// part of the feed.
    Actor(UserId, Option<EventId>),
    /// A listing, by event ID, from the newest event that may match.
    Listing(Listing, Option<EventId>),
}

impl Search {
    fn source(&self) -> Source {
        // IDs contain whole milliseconds: those in the same millisecond as `to` are also examined.
        let next_millisecond = |to: Timestamp| to.saturating_add(SignedDuration::from_millis(1));
        let newest = self.to.map(|to| EventId::lower_bound(next_millisecond(to).unwrap_or(to)));
        match self {
            Self { resource: Some((kind, id)), .. } => Source::Resource(keys::state(kind, id)),
            Self { actor: Some(actor), .. } => Source::Actor(*actor, newest),
            Self { owner: Some(owner), .. } => Source::Owner(*owner),
            Self { kind: Some(kind), .. } => Source::Listing(
                Listing::sharded(Index::Status, &keys::events_of_type(Some(kind))),
                newest,
            ),
            _ => Source::Listing(Listing::sharded(Index::All, &keys::events_of_type(None)), newest),
        }
    }

    fn fits(&self, event: &Traits) -> bool {
        let is =
            |wanted: Option<UserId>, found: Option<UserId>| wanted.is_none() || wanted == found;
        is(self.actor, event.actor.user())
            && is(self.owner, event.owner)
            && self.kind.as_ref().is_none_or(|kind| *kind == event.kind)
            && self.from.is_none_or(|from| event.at >= from)
            && self.to.is_none_or(|to| event.at < to)
    }

    /// Returns whether no later row can match. Only listings are strictly in order of time: their
    /// places are event IDs.
    fn is_past(&self, source: &Source, place: &str) -> bool {
        matches!(source, Source::Listing(..))
            && self.from.is_some_and(|from| place < EventId::lower_bound(from).to_string().as_str())
    }
}

impl Source {
    async fn rows(
        &self,
        table: &Table,
        before: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Row>, bool)> {
        match self {
            Self::Resource(key) => {
                // The aggregate's own events begin with a digit, those of others in its partition
                // with a letter.
                let (items, more) = table
                    .partition_back(&key.pk, &format!("{}0", keys::EVENT_PREFIX), before, limit)
                    .await?;
                let rows = items.into_iter().map(|item| {
                    let place = text(&item, "sk")?.to_owned();
                    Ok(Row::whole(place, event(item)?))
                });
                Ok((rows.collect::<Result<_>>()?, more))
            }
            Self::Owner(owner) => of_owner(table, *owner, before, limit).await,
            Self::Actor(user, newest) => of_actor(table, *user, *newest, before, limit).await,
            Self::Listing(listing, newest) => listed(table, listing, *newest, before, limit).await,
        }
    }
}

async fn of_owner(
    table: &Table,
    owner: UserId,
    before: Option<&str>,
    limit: usize,
) -> Result<(Vec<Row>, bool)> {
    let (rows, more) = feed::resolve_owned(table, owner, before, limit).await?;
    Ok((rows.into_iter().map(|(place, event)| Row::whole(place, event)).collect(), more))
}

async fn listed(
    table: &Table,
    listing: &Listing,
    newest: Option<EventId>,
    before: Option<&str>,
    limit: usize,
) -> Result<(Vec<Row>, bool)> {
    let newest = newest.map(|newest| newest.to_string());
    let page = listing::rows(table, listing, before.or(newest.as_deref()), limit).await?;
    let rows = page.items.into_iter().map(|(id, item)| Row::listed(id, item));
    Ok((rows.collect::<Result<_>>()?, page.next.is_some()))
}

/// The separator of the two parts of a place in [`Source::Actor`]: an event ID and a position,
/// either of which may be empty.
const AND: char = '~';

/// Merges both lists of an actor, newest first. The rows include what others did to the actor's
/// aggregates, which doesn't match.
async fn of_actor(
    table: &Table,
    user: UserId,
    newest: Option<EventId>,
    before: Option<&str>,
    limit: usize,
) -> Result<(Vec<Row>, bool)> {
    let (mut id, mut position) = match before.map(|place| place.split_once(AND)) {
        None => (String::new(), String::new()),
        Some(Some((id, position))) => (id.to_owned(), position.to_owned()),
        Some(None) => return Err(Error::internal("the cursor of an actor must have two parts")),
    };
    let after = |place: &str| Some(place.to_owned()).filter(|place| !place.is_empty());
    let (caused_after, owned_after) = (after(&id), after(&position));
    let listing = Listing::by_owner(keys::events_by(user));
    let ((caused, more_caused), (owned, more_owned)) = tokio::try_join!(
        listed(table, &listing, newest, caused_after.as_deref(), limit),
        of_owner(table, user, owned_after.as_deref(), limit),
    )?;
    let (mut caused, mut owned) = (caused.into_iter().peekable(), owned.into_iter().peekable());
    let mut rows = Vec::new();
    loop {
        let from_caused = match (caused.peek(), owned.peek()) {
            // The next entry of the exhausted list may be newer than those of the other.
            (None, _) if more_caused => break,
            (_, None) if more_owned => break,
            (None, None) => break,
            (Some(caused), Some(owned)) => caused.id > owned.id,
            (caused, _) => caused.is_some(),
        };
        let Some(row) = (if from_caused { caused.next() } else { owned.next() }) else { break };
        if from_caused {
            id.clone_from(&row.place);
        } else {
            position.clone_from(&row.place);
        }
        rows.push(Row { place: format!("{id}{AND}{position}"), ..row });
    }
    let more = caused.peek().is_some() || owned.peek().is_some() || more_caused || more_owned;
    Ok((rows, more))
}
