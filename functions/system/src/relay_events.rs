//! `relay-events`: carries each new event from the data table's stream to the queues that want it.
//!
//! The event is in the table before it is relayed, so none can be lost between the change and its announcement. It may be
//! relayed twice: every consumer recognises an event by its id.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use builder_core::Error;
use builder_core::error::Fault;
use builder_core::event::Envelope;
use builder_core::subscriptions::{Queue, queues};
use builder_runtime::{Change, Function, Interrupted, Job, Work};

/// The most messages SQS takes at once.
const BATCH: usize = 10;

/// The job.
#[must_use]
pub fn function() -> Function {
    Job::stream("relay-events", relay_events).into()
}

async fn relay_events(work: Work, changes: Vec<Change>) -> Result<(), Interrupted> {
    let mut wanted: BTreeMap<Queue, Vec<(usize, SendMessageBatchRequestEntry)>> = BTreeMap::new();
    for (at, change) in changes.into_iter().enumerate() {
        let interrupted = |cause: Fault| Interrupted { at, cause };
        let event: Envelope = serde_dynamo::from_item(change.item).map_err(|error| interrupted(error.into()))?;
        for queue in queues(&event.kind) {
            let entry = message(at, &event).map_err(interrupted)?;
            wanted.entry(*queue).or_default().push((at, entry));
        }
    }
    let mut first_failure: Option<Interrupted> = None;
    for (queue, entries) in wanted {
        for batch in entries.chunks(BATCH) {
            if let Err(failed) = send(&work, queue, batch).await
                && first_failure.as_ref().is_none_or(|first| failed.at < first.at)
            {
                first_failure = Some(failed);
            }
        }
    }
    first_failure.map_or(Ok(()), Err)
}

fn message(at: usize, event: &Envelope) -> Result<SendMessageBatchRequestEntry, Fault> {
    let text = |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build();
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .message_body(serde_json::to_string(event)?)
        .message_attributes("eventType", text(&event.kind)?);
    if let Some(traceparent) = &event.traceparent {
        entry = entry.message_attributes("traceparent", text(traceparent)?);
    }
    Ok(entry.build()?)
}

/// Sends one batch. On failure, says which change is the first that must be relayed again.
async fn send(work: &Work, queue: Queue, batch: &[(usize, SendMessageBatchRequestEntry)]) -> Result<(), Interrupted> {
    let first = batch.first().map_or(0, |(at, _)| *at);
    let interrupted = |cause: Error| Interrupted { at: first, cause: cause.into() };
    let client = work.app().kept_or(|| work.app().aws().sqs());
    let url = work.env().require(queue.variable()).map_err(|error| interrupted(error.into()))?;
    let entries = batch.iter().map(|(_, entry)| entry.clone()).collect();
    let request = client.send_message_batch().queue_url(url).set_entries(Some(entries));
    let answer = work.table().call(request.send()).await.map_err(interrupted)?;
    let failed =
        answer.failed().iter().filter_map(|entry| entry.id().parse().ok().map(|at: usize| (at, entry.code().to_owned()))).min();
    match failed {
        Some((at, code)) => Err(Interrupted { at, cause: format!("SQS refused a message: {code}").into() }),
        None => Ok(()),
    }
}
