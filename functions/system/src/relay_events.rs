//! The job `relay-events`: sends each new event from the data table's stream to the queues that
//! subscribe to it.
//!
//! An event is in the table before it is relayed, so none can be lost between the change and its
//! announcement. It may be relayed twice: consumers recognise an event by its ID.
//!
//! While a queue can't be reached, the stream waits and is retried. An event that can never be
//! relayed would block it permanently: a note of it is sent to the dead-letter queue, and the other
//! events are relayed.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{
    BatchResultErrorEntry, MessageAttributeValue, SendMessageBatchRequestEntry,
};
use builder_core::subscriptions::{Queue, queues};
use builder_runtime::{Change, Function, Interrupted, Job, Resources, Work};
use builder_store::aws::is_throttling;
use builder_store::error::Fault;
use builder_store::event::Envelope;
use builder_store::table;
use serde_dynamo::{AttributeValue, Item};
use serde_json::json;

/// The maximum number of messages in an SQS batch.
const BATCH: usize = 10;
/// The maximum size of the messages of a batch, in bytes: a quarter of SQS's limit, which leaves
/// room for their attributes.
const BATCH_BYTES: usize = 256 * 1024;

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::stream("relay-events", relay_events).failed_batches_to("FailedEventsBucket"),
        Resources::new().timeout(30).send_to([
            "EMAIL_QUEUE_URL",
            "PAYMENT_QUEUE_URL",
            "INVOICE_QUEUE_URL",
            "DOCUMENT_QUEUE_URL",
            "JOBS_DEAD_LETTER_QUEUE_URL",
        ]),
    )
}

/// A message that was not sent.
struct Unsent {
    /// The index of its change in the batch.
    at: usize,
    cause: Fault,
    /// Whether a retry would fail, too.
    for_good: bool,
}

async fn relay_events(work: Work, changes: Vec<Change>) -> Result<(), Interrupted> {
    let keys: Vec<[String; 2]> =
        changes.iter().map(|change| ["pk", "sk"].map(|name| text_of(&change.item, name))).collect();
    let mut outgoing: BTreeMap<Queue, Vec<SendMessageBatchRequestEntry>> = BTreeMap::new();
    let mut unsent = Vec::new();
    for (at, change) in changes.into_iter().enumerate() {
        match messages(at, change.item) {
            Ok(messages) => messages
                .into_iter()
                .for_each(|(queue, message)| outgoing.entry(queue).or_default().push(message)),
            Err(cause) => unsent.push(Unsent { at, cause, for_good: true }),
        }
    }
    for (queue, messages) in outgoing {
        unsent.extend(publish(&work, queue, &messages).await);
    }
    let (hopeless, mut passing): (Vec<_>, Vec<_>) =
        unsent.into_iter().partition(|unsent| unsent.for_good);
    passing.extend(set_aside(&work, &hopeless, &keys).await);
    passing
        .into_iter()
        .min_by_key(|unsent| unsent.at)
        .map_or(Ok(()), |first| Err(Interrupted { at: first.at, cause: first.cause }))
}

fn messages(at: usize, item: Item) -> Result<Vec<(Queue, SendMessageBatchRequestEntry)>, Fault> {
    let event = table::event(item)?;
    queues(&event.kind).iter().map(|queue| Ok((*queue, message(at, &event, *queue)?))).collect()
}

fn message(
    at: usize,
    event: &Envelope,
    queue: Queue,
) -> Result<SendMessageBatchRequestEntry, Fault> {
    let text = |value: &str| {
        MessageAttributeValue::builder().data_type("String").string_value(value).build()
    };
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .message_body(serde_json::to_string(event)?)
        .message_attributes("eventType", text(&event.kind)?);
    if let Some(group) = queue.group(&event.aggregate) {
        entry = entry.message_group_id(group).message_deduplication_id(event.id.to_string());
    }
    if let Some(traceparent) = &event.traceparent {
        entry = entry.message_attributes("traceparent", text(traceparent)?);
    }
    Ok(entry.build()?)
}

/// Sends a note of each event that can't be relayed to the dead-letter queue. The note contains the
/// key of the event, which stays in the table.
async fn set_aside(work: &Work, hopeless: &[Unsent], keys: &[[String; 2]]) -> Vec<Unsent> {
    let (mut notes, mut unsent) = (BTreeMap::new(), Vec::new());
    for Unsent { at, cause, .. } in hopeless {
        let [pk, sk] = &keys[*at];
        tracing::error!(pk, sk, error = %cause, "could not relay an event");
        let note = json!({ "function": "relay-events", "event": { "pk": pk, "sk": sk }, "reason": cause.to_string() });
        let note = SendMessageBatchRequestEntry::builder()
            .id(at.to_string())
            .message_body(note.to_string());
        match note.build() {
            // One note for each event, however many queues rejected it.
            Ok(note) => drop(notes.insert(*at, note)),
            Err(error) => unsent.push(Unsent { at: *at, cause: error.into(), for_good: false }),
        }
    }
    unsent
        .extend(publish(work, Queue::DeadLetters, &notes.into_values().collect::<Vec<_>>()).await);
    unsent
}

/// Sends messages, and returns those that were not sent.
async fn publish(
    work: &Work,
    queue: Queue,
    messages: &[SendMessageBatchRequestEntry],
) -> Vec<Unsent> {
    let mut unsent = Vec::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(fitting(rest));
        match send(work, queue, batch).await {
            Ok(failed) => unsent.extend(failed.iter().map(|entry| Unsent {
                at: place(entry.id()),
                cause: format!("SQS rejected a message: {}", entry.code()).into(),
                for_good: entry.sender_fault() && !is_throttling(entry.code()),
            })),
            // The whole batch is retried, starting with its first change.
            Err(cause) => unsent.extend(batch.first().map(|first| Unsent {
                at: place(first.id()),
                cause,
                for_good: false,
            })),
        }
        rest = later;
    }
    unsent
}

async fn send(
    work: &Work,
    queue: Queue,
    batch: &[SendMessageBatchRequestEntry],
) -> Result<Vec<BatchResultErrorEntry>, Fault> {
    let client = work.app().get_or_init(|| work.app().aws().sqs());
    let request = client
        .send_message_batch()
        .queue_url(work.env().require(queue.variable())?)
        .set_entries(Some(batch.to_vec()));
    Ok(work.table().call(request.send()).await?.failed)
}

/// Returns how many messages to send in the next batch: at least one, so that SQS rejects one that
/// is too large.
fn fitting(messages: &[SendMessageBatchRequestEntry]) -> usize {
    let mut bytes = 0;
    let fits = |message: &&SendMessageBatchRequestEntry| {
        bytes += message.message_body().len();
        bytes <= BATCH_BYTES
    };
    messages.iter().take(BATCH).take_while(fits).count().max(1)
}

/// Returns the index that was sent as an ID. For an unknown ID, it returns 0, so that everything is
/// retried.
fn place(id: &str) -> usize {
    id.parse().unwrap_or_default()
}

fn text_of(item: &Item, name: &str) -> String {
    match item.get(name) {
        Some(AttributeValue::S(text)) => text.clone(),
        _ => String::new(),
    }
}
