//! Finds events that aren't in the feed.

use jiff::Timestamp;

use super::sequence::{sequence, without_position};
use crate::error::Result;
use crate::id::EventId;
use crate::keys;
use crate::listing::{self, Index, Listing};
use crate::table::{Table, key};

/// The number of events that are examined at once.
const STEP: usize = 50;

/// Assigns a position to every event since `since` that has none. The stream that `sequence-events`
/// reads retains records for a day: events that it couldn't process by then are found here. Returns
/// their number.
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
        // The listing is newest first; the feed needs the oldest first.
        listed.reverse();
        let arrivals = without_position(table, &listed).await?;
        added += sequence(table, arrivals).await?;
        match page.next {
            Some(next) if !reached => before = Some(next),
            _ => return Ok(added),
        }
    }
}
