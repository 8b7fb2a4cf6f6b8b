//! Finding events that never came into the feed.

use jiff::Timestamp;

use super::sequence::{sequence, without_position};
use crate::error::Result;
use crate::id::EventId;
use crate::keys;
use crate::listing::{self, Index, Listing};
use crate::table::{Table, key};

/// How many events are looked at at once.
const STEP: usize = 50;

/// Gives a position to every event since `since` that has none. The stream that `sequence-events`
/// follows forgets after a day: what it could not be given by then is found here. Gives how many
/// there were.
///
/// # Errors
/// As [`sequence`].
pub async fn sweep(table: &Table, since: Timestamp) -> Result<u64> {
    let listing = Listing::sharded(Index::All, &keys::events_of_type(None));
    let oldest = EventId::lower_bound(since).to_string();
    let mut before = None;
    let mut added = 0;
    loop {
        let page = listing::rows(table, &listing, before.as_deref(), STEP).await?;
        let reached = page.items.last().is_none_or(|(id, _)| *id < oldest);
        let mut listed = Vec::new();
        for (id, item) in &page.items {
            if *id >= oldest {
                listed.push(key(item)?);
            }
        }
        // Newest first; the feed wants the oldest first.
        listed.reverse();
        let arrivals = without_position(table, &listed).await?;
        added += sequence(table, arrivals).await?;
        match page.next {
            Some(next) if !reached => before = Some(next),
            _ => return Ok(added),
        }
    }
}
