//! Jobs: functions that a queue, a stream, a schedule or an operator invokes.

mod queue;
mod stream;
mod trigger;
mod work;

use std::sync::Arc;
use std::time::Duration;

use builder_store::error::Fault;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;
use tracing::Instrument;

use crate::app::App;
use crate::invocation::Invocation;
use crate::telemetry::trace::Trace;
use crate::telemetry::{self, Measured};
pub use queue::Message;
pub use stream::{Change, Interrupted};
pub use trigger::{Queue, Trigger};
pub use work::Work;

/// Kept back so that a batch's outcome gets out before the platform stops the function.
const RESERVE: Duration = Duration::from_millis(250);

/// One job, served by one function.
#[derive(Clone)]
pub struct Job {
    /// The function's name: `send-email`.
    pub name: &'static str,
    /// The trigger.
    pub trigger: Trigger,
    run: Run,
}

/// The handler of an `Input`.
type Worker<Input, Output> = dyn Fn(Work, Input) -> BoxFuture<'static, Output> + Send + Sync;

/// The outcome of each message of a batch, or the error for the whole batch.
type Outcomes = Result<Vec<Result<(), Fault>>, Fault>;

#[derive(Clone)]
enum Run {
    Queue(Arc<Worker<Message, Result<(), Fault>>>),
    Batches(Arc<Worker<Vec<Message>, Outcomes>>),
    Stream(Arc<Worker<Vec<Change>, Result<(), Interrupted>>>),
    Task(Arc<Worker<Value, Result<Value, Fault>>>),
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Job {
    /// A job that processes messages of a queue, concurrently except for those of one group. It
    /// must tolerate repeated messages.
    pub fn queue<Fut>(
        name: &'static str,
        queue: Queue,
        run: impl Fn(Work, Message) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        Self {
            name,
            trigger: Trigger::Queue(queue),
            run: Run::Queue(Arc::new(move |work, message| Box::pin(run(work, message)))),
        }
    }

    /// A job that processes the messages of a batch together, for what costs no more for many than
    /// for one. It gives the outcome of each, in their order, or the error for which all of them
    /// come again. It must bear to see a message twice, in one batch too; groups of a
    /// first-in-first-out queue mean nothing to it.
    pub fn batches<Fut>(
        name: &'static str,
        queue: Queue,
        run: impl Fn(Work, Vec<Message>) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<Vec<Result<(), Fault>>, Fault>> + Send + 'static,
    {
        Self {
            name,
            trigger: Trigger::Queue(queue),
            run: Run::Batches(Arc::new(move |work, messages| Box::pin(run(work, messages)))),
        }
    }

    /// A job that processes the new items of a table, in order. It must bear to see an item twice.
    pub fn stream<Fut>(
        name: &'static str,
        run: impl Fn(Work, Vec<Change>) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<(), Interrupted>> + Send + 'static,
    {
        Self {
            name,
            trigger: Trigger::Events { failures: None },
            run: Run::Stream(Arc::new(move |work, changes| Box::pin(run(work, changes)))),
        }
    }

    /// A job that anything else invokes, with any payload.
    pub fn task<Fut>(
        name: &'static str,
        trigger: Trigger,
        run: impl Fn(Work, Value) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        Self {
            name,
            trigger,
            run: Run::Task(Arc::new(move |work, payload| Box::pin(run(work, payload)))),
        }
    }

    /// The same for the stream of events. Discarded batches are written to this bucket: the
    /// template's parameter with its ARN, without the suffix `Arn`.
    #[must_use]
    pub fn failed_batches_to(mut self, bucket: &'static str) -> Self {
        self.trigger = Trigger::Events { failures: Some(bucket) };
        self
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
        let trace =
            invocation.trace_id.as_deref().and_then(Trace::from_xray).unwrap_or_else(Trace::start);
        let span = tracing::info_span!(
            "job",
            function = app.name,
            request_id = invocation.request_id,
            trace_id = trace.id(),
            cold_start = cold
        );
        let work = Work::new(app, deadline, &invocation.request_id, trace);
        let outcome = async {
            match &self.run {
                Run::Queue(run) => queue::each(work, read(event)?, run.as_ref()).await,
                Run::Batches(run) => queue::together(work, read(event)?, run.as_ref()).await,
                Run::Stream(run) => stream::in_order(work, read(event)?, run.as_ref()).await,
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

async fn within<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match tokio::time::timeout_at(deadline, work).await {
        Ok(outcome) => outcome,
        Err(elapsed) => Err(elapsed.into()),
    }
}

fn read<T: DeserializeOwned>(event: Value) -> Result<T, Fault> {
    serde_json::from_value(event).map_err(|error| {
        format!("the event doesn't have the form that this function expects: {error}").into()
    })
}
