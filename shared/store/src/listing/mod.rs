//! Lists, newest first, from the sharded indexes.

mod history;

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;

use crate::aggregate::{Aggregate, Versioned};
use crate::error::Result;
use crate::event::Envelope;
use crate::id::UserId;
use crate::keys::{self, SHARDS, TableName};
use crate::table::{Item, Table, text, textual, versioned};
pub use history::history;

/// The index that a list is read from. See [`crate::keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// By owner.
    Owner,
    /// All of a kind.
    All,
    /// By status.
    Status,
}

impl Index {
    /// Returns the index's name, which is also the prefix of its attributes' names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "gsi1",
            Self::All => "gsi2",
            Self::Status => "gsi3",
        }
    }
}

/// Adds an event's item to the listing of all events. This is part of the write that creates it, so
/// that none is missed: this list finds events that aren't in the feed yet.
pub(crate) fn list_event(item: &mut Item, event: &Envelope) {
    item.extend(entry(Index::All, keys::events_of_type(None), event));
}

/// Returns the further index entries of an event once it has its position in the feed: by type, and
/// by actor, unless that is its owner, whose part of the feed contains it.
pub(crate) fn of_sequenced(event: &Envelope) -> Item {
    let mut found =
        Item::from(entry(Index::Status, keys::events_of_type(Some(&event.kind)), event));
    if let Some(user) = event.actor.user().filter(|user| event.owner != Some(*user)) {
        let name = Index::Owner.name();
        found.insert(format!("{name}pk"), textual(keys::events_by(user)));
        found.insert(format!("{name}sk"), textual(event.id.to_string()));
    }
    found
}

/// Returns the attributes of an entry in a list that is spread over shards.
fn entry(index: Index, list: String, event: &Envelope) -> [(String, AttributeValue); 2] {
    let name = index.name();
    [
        (format!("{name}pk"), textual(keys::sharded(&list, event.id.as_u128()))),
        (format!("{name}sk"), textual(event.id.to_string())),
    ]
}

/// The source of a list: an index and its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    index: Index,
    partitions: Vec<String>,
}

impl Listing {
    /// Returns the listing of an account's aggregates of a kind.
    #[must_use]
    pub fn of_owner<A: Aggregate>(owner: UserId) -> Self {
        Self::by_owner(keys::listing_by_owner(A::KIND, owner))
    }

    /// Returns the listing of all aggregates of a kind.
    #[must_use]
    pub fn of_all<A: Aggregate>() -> Self {
        Self::sharded(Index::All, &keys::listing(A::KIND))
    }

    /// Returns the listing of the aggregates of a kind with a status.
    #[must_use]
    pub fn of_status<A: Aggregate>(status: impl Display) -> Self {
        Self::sharded(Index::Status, &keys::listing_by_status(A::KIND, status))
    }

    /// Returns a listing by owner, which has its own partition.
    #[must_use]
    pub fn by_owner(partition: String) -> Self {
        Self { index: Index::Owner, partitions: vec![partition] }
    }

    /// Returns the listings with any of `names`, which are spread over shards.
    #[must_use]
    pub fn sharded_any(index: Index, names: impl IntoIterator<Item = String>) -> Self {
        let shards = |name: String| (0..SHARDS).map(move |shard| keys::in_shard(&name, shard));
        Self { index, partitions: names.into_iter().flat_map(shards).collect() }
    }

    /// Returns the listing with `name`, which is spread over shards.
    #[must_use]
    pub fn sharded(index: Index, name: &str) -> Self {
        Self::sharded_any(index, [name.to_owned()])
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub items: Vec<T>,
    /// The ID after which the next page begins, if there is one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Converts every row.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// Reads a page: at most `limit` rows with IDs below `before` (all rows if `None`).
///
/// IDs sort by creation and rows don't move, so paging repeats no row and skips none, however many
/// are inserted meanwhile.
///
/// # Errors
/// As [`Table::call`].
pub async fn page<A: Aggregate>(
    table: &Table,
    listing: &Listing,
    before: Option<&str>,
    limit: usize,
) -> Result<Page<Versioned<A>>> {
    let page = rows(table, listing, before, limit).await?;
    Ok(Page {
        items: page.items.into_iter().map(|(_, item)| versioned(item)).collect::<Result<_>>()?,
        next: page.next,
    })
}

/// As [`page`], oldest first: at most `limit` rows with IDs above `after`. For jobs that must
/// process the oldest first.
///
/// # Errors
/// As [`Table::call`].
pub async fn page_oldest_first<A: Aggregate>(
    table: &Table,
    listing: &Listing,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Versioned<A>>> {
    let page = rows_in(table, listing, Order::OldestFirst, after, limit).await?;
    Ok(Page {
        items: page.items.into_iter().map(|(_, item)| versioned(item)).collect::<Result<_>>()?,
        next: page.next,
    })
}

/// The order in which rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    NewestFirst,
    OldestFirst,
}

/// As [`page`], but the rows are whole items, each with its ID.
///
/// # Errors
/// As [`Table::call`].
pub async fn rows(
    table: &Table,
    listing: &Listing,
    before: Option<&str>,
    limit: usize,
) -> Result<Page<(String, Item)>> {
    rows_in(table, listing, Order::NewestFirst, before, limit).await
}

async fn rows_in(
    table: &Table,
    listing: &Listing,
    order: Order,
    from: Option<&str>,
    limit: usize,
) -> Result<Page<(String, Item)>> {
    let shards = listing
        .partitions
        .iter()
        .map(|partition| entries(table, listing.index, partition, order, from, limit + 1));
    let mut rows: Vec<(String, Item)> = try_join_all(shards).await?.into_iter().flatten().collect();
    match order {
        Order::NewestFirst => rows.sort_unstable_by(|(left, _), (right, _)| right.cmp(left)),
        Order::OldestFirst => rows.sort_unstable_by(|(left, _), (right, _)| left.cmp(right)),
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = if more { rows.last().map(|(id, _)| id.clone()) } else { None };
    Ok(Page { items: rows, next })
}

/// Reads at most `limit` rows of a listing by name whose names begin with `prefix` and come after
/// `after`, in the order of the names; also returns whether there are more.
///
/// # Errors
/// As [`Table::call`].
pub async fn named<A: Aggregate>(
    table: &Table,
    partition: &str,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<Versioned<A>>, bool)> {
    let index = Index::Owner.name();
    let mut rows = Vec::new();
    let mut start = None;
    loop {
        let request = table
            .client()
            .query()
            .table_name(table.name(TableName::Data))
            .index_name(index)
            .key_condition_expression(format!(
                "{index}pk = :pk AND {index}sk BETWEEN :from AND :to"
            ))
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .expression_attribute_values(
                ":from",
                AttributeValue::S(after.unwrap_or(prefix).to_owned()),
            )
            .expression_attribute_values(":to", AttributeValue::S(format!("{prefix}{}", char::MAX)))
            // One extra row shows whether there are more, and another one is the last of the
            // previous page.
            .limit(i32::try_from(limit + 2 - rows.len()).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = table.call(request.send()).await?;
        for item in answer.items.unwrap_or_default() {
            if after != Some(text(&item, &format!("{index}sk"))?) {
                rows.push(versioned(item)?);
            }
        }
        start = answer.last_evaluated_key;
        if start.is_none() || rows.len() > limit {
            let more = rows.len() > limit;
            rows.truncate(limit);
            return Ok((rows, more));
        }
    }
}

/// Reads the first entries of one partition in an order, starting after `from`.
async fn entries(
    table: &Table,
    index: Index,
    partition: &str,
    order: Order,
    from: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Item)>> {
    let (pk, sk) = (format!("{}pk", index.name()), format!("{}sk", index.name()));
    let condition = match (from, order) {
        (None, _) => format!("{pk} = :pk"),
        (Some(_), Order::NewestFirst) => format!("{pk} = :pk AND {sk} < :from"),
        (Some(_), Order::OldestFirst) => format!("{pk} = :pk AND {sk} > :from"),
    };
    let mut rows = Vec::new();
    let mut start = None;
    loop {
        let mut request = table
            .client()
            .query()
            .table_name(table.name(TableName::Data))
            .index_name(index.name())
            .key_condition_expression(&condition)
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .scan_index_forward(order == Order::OldestFirst)
            .limit(i32::try_from(limit - rows.len()).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        if let Some(from) = from {
            request =
                request.expression_attribute_values(":from", AttributeValue::S(from.to_owned()));
        }
        let answer = table.call(request.send()).await?;
        for item in answer.items.unwrap_or_default() {
            rows.push((text(&item, &sk)?.to_owned(), item));
        }
        start = answer.last_evaluated_key;
        if start.is_none() || rows.len() >= limit {
            return Ok(rows);
        }
    }
}
