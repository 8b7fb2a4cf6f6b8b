//! The history of an aggregate, newest first.

use super::Page;
use crate::aggregate::{Aggregate, Versioned};
use crate::error::Result;
use crate::event::Envelope;
use crate::table::Table;

/// Returns the events of an aggregate, newest first, at most `limit`, with versions below `before`.
///
/// Versions have no gaps, so a page is a contiguous range of sort keys.
///
/// # Errors
/// As [`Table::events`].
pub async fn history<A: Aggregate>(
    table: &Table,
    aggregate: &Versioned<A>,
    before: Option<u64>,
    limit: usize,
) -> Result<Page<Envelope>> {
    let newest =
        before.map_or(aggregate.version, |before| before.saturating_sub(1).min(aggregate.version));
    let rest = newest.saturating_sub(limit as u64);
    let wanted = usize::try_from(newest - rest).unwrap_or(limit);
    if wanted == 0 {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let (mut items, _) =
        table.events(&aggregate.state.key(), &aggregate.state.event_prefix(), rest, wanted).await?;
    items.reverse();
    Ok(Page { items, next: (rest > 0).then(|| (rest + 1).to_string()) })
}
