//! Jobs: functions that a queue, a stream, a schedule or an operator invokes.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::{dynamodb, sqs};
use builder_core::config::Env;
use builder_core::error::Fault;
use builder_core::event::{Actor, Context};
use builder_core::table::Table;
use futures::future::{BoxFuture, join_all};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::Instrument;

use crate::app::App;
use crate::function::Invocation;
use crate::telemetry::{self, Measured};
use crate::trace::Trace;

/// Kept back so that a batch's outcome gets out before the platform stops the function.
const RESERVE: Duration = Duration::from_millis(250);

/// One job, served by one function.
#[derive(Clone)]
pub struct Job {
    /// The function's name: `send-email`.
    pub name: &'static str,
    run: Run,
}

/// What works on an `Input`.
type Worker<Input, Output, Failure> = Arc<dyn Fn(Work, Input) -> BoxFuture<'static, Result<Output, Failure>> + Send + Sync>;

#[derive(Clone)]
enum Run {
    Queue(Worker<Message, (), Fault>),
    Stream(Worker<Vec<Change>, (), Interrupted>),
    Task(Worker<Value, Value, Fault>),
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The circumstances of one piece of background work.
#[derive(Clone)]
pub struct Work {
    app: Arc<App>,
    table: Table,
    deadline: Instant,
    now: Timestamp,
    request_id: String,
    trace: Trace,
}

/// A message of a queue.
#[derive(Debug, Clone)]
pub struct Message {
    /// SQS's id of it.
    pub id: String,
    /// Its body as sent.
    pub body: String,
}

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
    /// Why.
    pub cause: Fault,
}

impl Job {
    /// A job that works off messages of a queue, several at once but for those of one group. It must bear to see a message twice.
    pub fn queue<Fut>(name: &'static str, run: impl Fn(Work, Message) -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        Self { name, run: Run::Queue(Arc::new(move |work, message| Box::pin(run(work, message)))) }
    }

    /// A job that works off the new items of a table, in order. It must bear to see an item twice.
    pub fn stream<Fut>(name: &'static str, run: impl Fn(Work, Vec<Change>) -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Result<(), Interrupted>> + Send + 'static,
    {
        Self { name, run: Run::Stream(Arc::new(move |work, changes| Box::pin(run(work, changes)))) }
    }

    /// A job that a schedule or an operator invokes, with any payload.
    pub fn task<Fut>(name: &'static str, run: impl Fn(Work, Value) -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        Self { name, run: Run::Task(Arc::new(move |work, payload| Box::pin(run(work, payload)))) }
    }

    pub(crate) async fn work(
        &self,
        app: &Arc<App>,
        event: Value,
        invocation: &Invocation,
        deadline: Instant,
        cold: bool,
    ) -> Result<Value, Fault> {
        let started = std::time::Instant::now();
        let deadline = deadline.checked_sub(RESERVE).unwrap_or(deadline);
        let trace = invocation.trace_id.as_deref().and_then(Trace::from_xray).unwrap_or_else(Trace::start);
        let span = tracing::info_span!(
            "job",
            function = app.name,
            request_id = invocation.request_id,
            trace_id = trace.id(),
            cold_start = cold
        );
        let work = Work {
            table: app.table().until(deadline),
            app: app.clone(),
            deadline,
            now: app.clock().now(),
            request_id: invocation.request_id.clone(),
            trace,
        };
        let outcome = async {
            match &self.run {
                Run::Queue(run) => each_message(work, read(event)?, run.as_ref()).await,
                Run::Stream(run) => in_order(work, read(event)?, run.as_ref()).await,
                Run::Task(run) => within(deadline, run(work, event)).await,
            }
        }
        .instrument(span.clone())
        .await;
        let elapsed = started.elapsed();
        span.in_scope(|| {
            match &outcome {
                Ok(_) => tracing::info!(elapsed_ms = telemetry::milliseconds(elapsed), "done"),
                Err(error) => {
                    let error = telemetry::with_causes(&**error);
                    tracing::error!(error, elapsed_ms = telemetry::milliseconds(elapsed), "failed");
                }
            }
            telemetry::measure(&Measured {
                function: app.name,
                route: app.name,
                status: None,
                elapsed,
                cold,
                failed: outcome.is_err(),
            });
        });
        outcome
    }
}

impl Work {
    /// What lives longer than this work.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The function's environment.
    #[must_use]
    pub fn env(&self) -> &Env {
        self.app.env()
    }

    /// The tables, for as long as this work may last.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// When it began.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How much time is left for it.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The circumstances to record in events.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            actor: Actor::System,
            at: self.now,
            request_id: self.request_id.clone(),
            traceparent: Some(self.trace.to_string()),
        }
    }
}

/// Works off a batch of a queue, and names the messages that must come again.
///
/// Messages of one group of a first-in-first-out queue are worked off one after the other, and not beyond one that failed: those behind it come again with it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
async fn each_message(
    work: Work,
    batch: sqs::SqsEvent,
    run: &(dyn Fn(Work, Message) -> BoxFuture<'static, Result<(), Fault>> + Send + Sync),
) -> Result<Value, Fault> {
    let count = batch.records.len();
    let mut groups: Vec<(Option<String>, Vec<sqs::SqsMessage>)> = Vec::new();
    for record in batch.records {
        let group = record.attributes.get("MessageGroupId").cloned();
        match groups.iter_mut().find(|(known, _)| group.is_some() && *known == group) {
            Some((_, messages)) => messages.push(record),
            None => groups.push((group, vec![record])),
        }
    }
    let outcomes = join_all(groups.into_iter().map(|(_, messages)| one_by_one(&work, messages, run))).await;
    let failed: Vec<Value> = outcomes.into_iter().flatten().map(|id| json!({ "itemIdentifier": id })).collect();
    if count > 0 && failed.len() == count {
        // All of them: let the invocation itself fail, so that the platform's error metric shows it.
        return Err(format!("all {count} messages of the batch failed").into());
    }
    Ok(json!({ "batchItemFailures": failed }))
}

/// Works off messages in their order up to the first that fails; gives the ids of that and of those behind it.
async fn one_by_one(
    work: &Work,
    messages: Vec<sqs::SqsMessage>,
    run: &(dyn Fn(Work, Message) -> BoxFuture<'static, Result<(), Fault>> + Send + Sync),
) -> Vec<String> {
    let mut unfinished = Vec::new();
    for record in messages {
        let sent = record.message_attributes.get("traceparent").and_then(|attribute| attribute.string_value.as_deref());
        let trace = sent.and_then(Trace::parse).map_or_else(|| work.trace.clone(), |trace| trace.child());
        let id = record.message_id.unwrap_or_default();
        if !unfinished.is_empty() {
            unfinished.push(id);
            continue;
        }
        let span = tracing::info_span!("message", message_id = id, trace_id = trace.id());
        let one = Work { trace, ..work.clone() };
        let message = Message { id: id.clone(), body: record.body.unwrap_or_default() };
        let done = async {
            let done = within(one.deadline, run(one.clone(), message)).await;
            if let Err(error) = &done {
                tracing::error!(error = telemetry::with_causes(&**error), "the message failed and will come again");
            }
            done.is_ok()
        };
        if !done.instrument(span).await {
            unfinished.push(id);
        }
    }
    unfinished
}

/// Works off a batch of a stream, and names the record from which it must come again.
async fn in_order(
    work: Work,
    batch: dynamodb::Event,
    run: &(dyn Fn(Work, Vec<Change>) -> BoxFuture<'static, Result<(), Interrupted>> + Send + Sync),
) -> Result<Value, Fault> {
    let changes: Vec<Change> = batch
        .records
        .into_iter()
        .map(|record| Change { sequence_number: record.change.sequence_number.unwrap_or_default(), item: record.change.new_image })
        .collect();
    let numbers: Vec<String> = changes.iter().map(|change| change.sequence_number.clone()).collect();
    let deadline = work.deadline;
    let done = match tokio::time::timeout_at(deadline, run(work, changes)).await {
        Ok(done) => done,
        Err(elapsed) => Err(Interrupted { at: 0, cause: elapsed.into() }),
    };
    let failures = match done {
        Ok(()) => Vec::new(),
        Err(interrupted) => {
            let error = telemetry::with_causes(&*interrupted.cause);
            tracing::error!(error, at = interrupted.at, "the batch was interrupted and will go on there");
            numbers.get(interrupted.at).map(|number| json!({ "itemIdentifier": number })).into_iter().collect()
        }
    };
    Ok(json!({ "batchItemFailures": failures }))
}

async fn within<T>(deadline: Instant, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    match tokio::time::timeout_at(deadline, work).await {
        Ok(outcome) => outcome,
        Err(elapsed) => Err(elapsed.into()),
    }
}

fn read<T: DeserializeOwned>(event: Value) -> Result<T, Fault> {
    serde_json::from_value(event).map_err(|error| format!("the event is not of the kind this function is for: {error}").into())
}
