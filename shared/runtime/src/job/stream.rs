//! Batches of a table's stream.

use aws_lambda_events::event::dynamodb;
use builder_store::error::Fault;
use serde_json::{Value, json};

use super::{Work, Worker};
use crate::telemetry;

/// A new item in a table, out of its stream.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its place in the shard.
    pub sequence_number: String,
    /// The item as it is now.
    pub item: serde_dynamo::Item,
}

/// Stream records are worked off in order: the first that fails ends the batch.
#[derive(Debug)]
pub struct Interrupted {
    /// The index of the first record that isn't done.
    pub at: usize,
    /// The reason.
    pub cause: Fault,
}

/// Works off a batch of a stream, and names the record from which it must come again.
pub(super) async fn in_order(
    work: Work,
    batch: dynamodb::Event,
    run: &Worker<Vec<Change>, Result<(), Interrupted>>,
) -> Result<Value, Fault> {
    let changes: Vec<Change> = batch
        .records
        .into_iter()
        .map(|record| Change {
            sequence_number: record.change.sequence_number.unwrap_or_default(),
            item: record.change.new_image,
        })
        .collect();
    let numbers: Vec<String> =
        changes.iter().map(|change| change.sequence_number.clone()).collect();
    let deadline = work.deadline;
    let done = match tokio::time::timeout_at(deadline, run(work, changes)).await {
        Ok(done) => done,
        Err(elapsed) => Err(Interrupted { at: 0, cause: elapsed.into() }),
    };
    let failures = match done {
        Ok(()) => Vec::new(),
        Err(interrupted) => {
            let error = telemetry::with_causes(&*interrupted.cause);
            tracing::error!(
                error,
                at = interrupted.at,
                "the batch was interrupted and will resume there"
            );
            numbers
                .get(interrupted.at)
                .map(|number| json!({ "itemIdentifier": number }))
                .into_iter()
                .collect()
        }
    };
    Ok(json!({ "batchItemFailures": failures }))
}
