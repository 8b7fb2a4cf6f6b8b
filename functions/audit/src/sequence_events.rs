//! `sequence-events`: gives each new event, out of the data table's stream, its position in the
//! feed.

use builder_core::keys::AGGREGATES;
use builder_runtime::{Change, Fault, Function, Interrupted, Job, Resources, Work};
use builder_store::feed::{Arrival, sequence};
use builder_store::keys::Key;
use builder_store::keys::{FEED_LOG, FEEDS_OF_OWNERS};
use builder_store::table;
use serde_dynamo::AttributeValue;

/// The job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::stream("sequence-events", sequence_events),
        Resources::new()
            .timeout(30)
            .batch_get(AGGREGATES)
            .query(AGGREGATES)
            .query([FEED_LOG])
            .put([FEED_LOG])
            .update(AGGREGATES)
            .batch_write([FEEDS_OF_OWNERS]),
    )
}

async fn sequence_events(work: Work, changes: Vec<Change>) -> Result<(), Interrupted> {
    let mut arrivals = Vec::with_capacity(changes.len());
    for change in changes {
        match arrival(change) {
            Ok(arrival) => arrivals.push(arrival),
            // No try would end otherwise, and what is behind it must not wait: the event stays
            // where it is, and verify-audit reports it.
            Err(error) => tracing::error!(%error, "an event can't be read and gets no position"),
        }
    }
    let added = sequence(work.table(), arrivals)
        .await
        .map_err(|error| Interrupted { at: 0, cause: error.into() })?;
    tracing::debug!(added, "events have their positions");
    Ok(())
}

fn arrival(change: Change) -> Result<Arrival, Fault> {
    let text = |name: &str| match change.item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text.clone()),
        _ => Err(Fault::from(format!("an event has no {name}"))),
    };
    let key = Key::data(text("pk")?, text("sk")?);
    Ok(Arrival { key, event: table::event_without_data(change.item)? })
}
