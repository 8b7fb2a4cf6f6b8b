//! Batches of a queue.

use aws_lambda_events::event::sqs;
use builder_store::error::Fault;
use futures::future::join_all;
use serde_json::{Value, json};
use tracing::Instrument;

use super::{Outcomes, Work, Worker, within};
use crate::telemetry;
use crate::telemetry::trace::Trace;

/// A message of a queue.
#[derive(Debug, Clone)]
pub struct Message {
    /// SQS's id of it.
    pub id: String,
    /// Its body as sent.
    pub body: String,
    /// Its group, in a first-in-first-out queue.
    group: Option<String>,
    /// The trace that it was sent under.
    trace: Option<Trace>,
}

impl Message {
    fn read(record: sqs::SqsMessage) -> Self {
        let trace = record
            .message_attributes
            .get("traceparent")
            .and_then(|attribute| attribute.string_value.as_deref());
        Self {
            trace: trace.and_then(Trace::parse),
            group: record.attributes.get("MessageGroupId").cloned(),
            id: record.message_id.unwrap_or_default(),
            body: record.body.unwrap_or_default(),
        }
    }

    /// Processes this message, within its trace and the time limit of the batch. Failures are
    /// logged.
    ///
    /// # Errors
    /// Those of `run`; that the time is over.
    pub async fn follow<T, Fut>(
        &self,
        work: &Work,
        run: impl FnOnce(Work) -> Fut,
    ) -> Result<T, Fault>
    where
        Fut: Future<Output = Result<T, Fault>>,
    {
        let work = work.traced(self.trace.as_ref());
        let span = tracing::info_span!("message", message_id = self.id, trace_id = work.trace_id());
        let done = async {
            let done = within(work.deadline, run(work)).await;
            if let Err(error) = &done {
                tracing::error!(
                    error = telemetry::with_causes(&**error),
                    "the message failed and will be delivered again"
                );
            }
            done
        };
        done.instrument(span).await
    }
}

/// Works off each message of a batch, and names those that must come again.
///
/// Messages of one group of a first-in-first-out queue are worked off one after the other, and not
/// beyond one that failed: those behind it come again with it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
pub(super) async fn each(
    work: Work,
    batch: sqs::SqsEvent,
    run: &Worker<Message, Result<(), Fault>>,
) -> Result<Value, Fault> {
    let count = batch.records.len();
    let mut groups: Vec<Vec<Message>> = Vec::new();
    for message in batch.records.into_iter().map(Message::read) {
        let its = |known: &&mut Vec<Message>| {
            message.group.is_some()
                && known.first().is_some_and(|first| first.group == message.group)
        };
        match groups.iter_mut().find(its) {
            Some(messages) => messages.push(message),
            None => groups.push(vec![message]),
        }
    }
    let unfinished =
        join_all(groups.into_iter().map(|messages| one_by_one(&work, messages, run))).await;
    failures(count, unfinished.into_iter().flatten())
}

/// Works off messages in their order up to the first that fails; gives the ids of that and of those
/// behind it.
async fn one_by_one(
    work: &Work,
    messages: Vec<Message>,
    run: &Worker<Message, Result<(), Fault>>,
) -> Vec<String> {
    let mut messages = messages.into_iter();
    while let Some(message) = messages.next() {
        let id = message.id.clone();
        if message.clone().follow(work, |work| run(work, message)).await.is_err() {
            return std::iter::once(id).chain(messages.map(|behind| behind.id)).collect();
        }
    }
    Vec::new()
}

/// Works off a batch as a whole, and names the messages that must come again.
pub(super) async fn together(
    work: Work,
    batch: sqs::SqsEvent,
    run: &Worker<Vec<Message>, Outcomes>,
) -> Result<Value, Fault> {
    let messages: Vec<Message> = batch.records.into_iter().map(Message::read).collect();
    let ids: Vec<String> = messages.iter().map(|message| message.id.clone()).collect();
    let count = ids.len();
    let outcomes = within(work.deadline, run(work, messages)).await?;
    if outcomes.len() != count {
        return Err(format!("{count} messages have {} outcomes", outcomes.len()).into());
    }
    failures(
        count,
        ids.into_iter().zip(outcomes).filter(|(_, outcome)| outcome.is_err()).map(|(id, _)| id),
    )
}

/// The answer that names the messages of a batch that failed.
fn failures(count: usize, failed: impl Iterator<Item = String>) -> Result<Value, Fault> {
    let failed: Vec<Value> = failed.map(|id| json!({ "itemIdentifier": id })).collect();
    if count > 0 && failed.len() == count {
        // All of them: let the invocation itself fail, so that the platform's error metric shows
        // it.
        return Err(format!("all {count} messages of the batch failed").into());
    }
    Ok(json!({ "batchItemFailures": failed }))
}
