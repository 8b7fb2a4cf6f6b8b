//! The job `sequence-events`: assigns each new event from the data table's stream its position in
//! the feed.

use builder_core::keys::AGGREGATES;
use builder_runtime::{Change, Fault, Function, Interrupted, Job, Resources, Work};
use builder_store::feed::{Arrival, sequence};
use builder_store::keys::Key;
use builder_store::keys::{FEED_LOG, FEEDS_OF_OWNERS};
use builder_store::table;
use serde_dynamo::AttributeValue;

/// Returns the job.
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
            // Retrying would fail again and delay the events after it. The event stays in the
            // table, and verify-audit reports it.
            Err(error) => tracing::error!(%error, "could not read an event: it gets no position"),
        }
    }
    let added = sequence(work.table(), arrivals)
        .await
        .map_err(|error| Interrupted { at: 0, cause: error.into() })?;
    tracing::debug!(added, "assigned positions to events");
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
