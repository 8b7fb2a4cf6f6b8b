//! Event sources: the queues and streams that Lambda polls for its functions, and their schedules.
//!
//! Each mapping polls with the credentials of its function, so a policy without permission for the
//! source fails here as in AWS.

mod checkpoint;
mod queue;
mod schedules;
mod stream;
mod stream_answer;
mod stream_batch;
#[cfg(test)]
mod stream_tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use builder_store::clock::Clock;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::aws::{Aws, Clients, Service};
use crate::lambda::{Lambda, Pool};
use crate::template::{Model, Trigger};
pub(crate) use schedules::event as scheduled_event;
use stream::Progress;

/// All event sources of one stack.
pub(crate) struct Mappings {
    tasks: JoinSet<()>,
    streams: Vec<Arc<Progress>>,
    queues: Vec<String>,
    schedules: usize,
    administrator: Aws,
    lambda: Lambda,
}

/// The context of every poller.
#[derive(Clone)]
struct Poller {
    function: Arc<Pool>,
    lambda: Lambda,
    aws: Aws,
    closing: watch::Receiver<bool>,
}

/// The options of a stack's event sources.
pub(crate) struct Sources<'a> {
    pub(crate) model: &'a Model,
    pub(crate) lambda: &'a Lambda,
    pub(crate) clients: &'a Clients,
    pub(crate) clock: Arc<dyn Clock>,
    /// The directory of the positions in the streams.
    pub(crate) data_dir: Option<PathBuf>,
    /// Changes with every write to a table that has a stream; `None`: they are polled.
    pub(crate) written: Option<watch::Receiver<u64>>,
    pub(crate) closing: watch::Receiver<bool>,
}

impl Mappings {
    /// Starts to poll all event sources of the template's functions.
    pub(crate) async fn start(sources: Sources<'_>) -> Result<Self> {
        let administrator = sources.clients.administrator();
        let mut mappings = Self {
            tasks: JoinSet::new(),
            streams: Vec::new(),
            queues: Vec::new(),
            schedules: 0,
            administrator: administrator.clone(),
            lambda: sources.lambda.clone(),
        };
        for function in &sources.model.functions {
            let Some(pool) = sources.lambda.function(&function.name) else { continue };
            for trigger in &function.triggers {
                let poller = Poller {
                    function: Arc::clone(&pool),
                    lambda: sources.lambda.clone(),
                    aws: sources.clients.of(&function.name),
                    closing: sources.closing.clone(),
                };
                match trigger {
                    Trigger::Queue(trigger) => {
                        let url =
                            administrator.queue_url(&trigger.queue).await.with_context(|| {
                                format!("{}: the queue {}", function.stanza, trigger.queue)
                            })?;
                        mappings.queues.push(url.clone());
                        mappings.tasks.spawn(queue::poll(poller, trigger.clone(), url));
                    }
                    Trigger::Stream(trigger) => {
                        let arn = stream_arn(&administrator, &trigger.table).await.with_context(
                            || format!("{}: the table {}", function.stanza, trigger.table),
                        )?;
                        let checkpoint = checkpoint::Checkpoint::open(
                            sources.data_dir.as_deref(),
                            &function.name,
                            &arn,
                        )?;
                        let progress = Arc::new(Progress::default());
                        mappings.streams.push(Arc::clone(&progress));
                        let written = sources.written.clone();
                        let stream = stream::Stream::new(
                            poller,
                            trigger.clone(),
                            arn,
                            checkpoint,
                            written,
                            progress,
                        );
                        mappings.tasks.spawn(stream.poll());
                    }
                    Trigger::Schedule(trigger) => {
                        mappings.schedules += 1;
                        let clock = Arc::clone(&sources.clock);
                        mappings.tasks.spawn(schedules::run(poller, trigger.clone(), clock));
                    }
                    Trigger::Bucket(trigger) => bail!(
                        "{}: the local stack does not play notifications of buckets yet (bucket \
                         {}); remove the event",
                        function.stanza,
                        trigger.bucket
                    ),
                }
            }
        }
        Ok(mappings)
    }

    /// Returns the numbers of queues, streams and schedules.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.queues.len(), self.streams.len(), self.schedules)
    }

    /// Waits until every stream record is read, no message is waiting or in flight, and no
    /// background work is running.
    pub(crate) async fn wait_idle(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let found = self.look_around(deadline).await?;
            if found.is_none() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                bail!("not idle after {limit:?}: {}", found.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Returns what is still in progress; `None`: nothing. Streams are checked before the queues
    /// that they feed, and no work may have begun in between.
    async fn look_around(&self, deadline: Instant) -> Result<Option<String>> {
        let activity = self.lambda.activity();
        let begun = activity.begun();
        if activity.running() > 0 {
            return Ok(Some(format!("{} invocations run", activity.running())));
        }
        for stream in &self.streams {
            if !stream.empty_read(deadline).await {
                return Ok(Some("a stream has unread records".to_owned()));
            }
        }
        for url in &self.queues {
            let names = [
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ];
            let input = json!({ "QueueUrl": url, "AttributeNames": names });
            let output =
                self.administrator.call(Service::Sqs, "GetQueueAttributes", &input).await?;
            let count = |name: &str| {
                output["Attributes"][name]
                    .as_str()
                    .and_then(|text| text.parse::<u64>().ok())
                    .unwrap_or(0)
            };
            let [visible, in_flight, delayed] = names.map(count);
            if visible + in_flight + delayed > 0 {
                return Ok(Some(format!(
                    "{url} has {visible} messages waiting, {in_flight} in flight, {delayed} delayed"
                )));
            }
        }
        if activity.running() > 0 || activity.begun() != begun {
            return Ok(Some("something began meanwhile".to_owned()));
        }
        Ok(None)
    }

    /// Waits until the pollers, which watch `closing`, have finished their batches.
    pub(crate) async fn stopped(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn stream_arn(aws: &Aws, table: &str) -> Result<String> {
    let output =
        aws.call(Service::DynamoDb, "DescribeTable", &json!({ "TableName": table })).await?;
    match output["Table"]["LatestStreamArn"].as_str() {
        Some(arn) => Ok(arn.to_owned()),
        None => bail!("has no stream; give it a StreamSpecification"),
    }
}

/// Returns the event of a batch. (`json!` would copy the records.)
fn event_of(records: Vec<Value>) -> Value {
    Value::Object(Map::from_iter([("Records".to_owned(), Value::Array(records))]))
}

/// Returns the IDs that a function reported as failed; `None` if its result is not a batch
/// response, which Lambda treats as a failure of the whole batch.
fn failed_items(result: &Value) -> Option<Vec<String>> {
    match &result["batchItemFailures"] {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => items
            .iter()
            .map(|item| {
                item["itemIdentifier"].as_str().filter(|id| !id.is_empty()).map(str::to_owned)
            })
            .collect(),
        _ => None,
    }
}
