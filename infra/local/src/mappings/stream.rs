//! Reads a table's stream for a function, shard by shard and in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use super::Poller;
use super::checkpoint::Checkpoint;
use super::stream_answer::{Answer, Record};
use crate::aws::{AwsError, Service};
use crate::closing::closed;
use crate::template::StreamTrigger;

/// How often a stream is polled that can't report its writes.
const POLL: Duration = Duration::from_millis(200);
/// How long records are gathered under load: a read, an invocation and a queue's batch cost the
/// same for one record as for ten.
const GATHER: Duration = Duration::from_millis(20);
/// How often it is polled although no write was reported.
const IDLE_POLL: Duration = Duration::from_secs(5);
/// The maximum number of records of one read.
const READ_LIMIT: usize = 1_000;

/// One stream and the position in it.
pub(super) struct Stream {
    pub(super) poller: Poller,
    pub(super) trigger: StreamTrigger,
    pub(super) arn: String,
    pub(super) checkpoint: Checkpoint,
    written: Option<watch::Receiver<u64>>,
    progress: Arc<Progress>,
    iterators: BTreeMap<String, String>,
}

/// Reports to other tasks whether a read that began after their request found records.
#[derive(Debug, Default)]
pub(super) struct Progress {
    begun: AtomicU64,
    empty: AtomicU64,
    nudge: Notify,
    finished: Notify,
}

impl Progress {
    /// Waits for a read that begins from now on, and returns whether it found the stream empty.
    pub(super) async fn empty_read(&self, deadline: Instant) -> bool {
        let before = self.begun.load(Ordering::SeqCst);
        loop {
            let finished = self.finished.notified();
            if self.empty.load(Ordering::SeqCst) > before {
                return true;
            }
            self.nudge.notify_one();
            if tokio::time::timeout_at(deadline.into(), finished).await.is_err() {
                return false;
            }
        }
    }
}

impl Stream {
    pub(super) fn new(
        poller: Poller,
        trigger: StreamTrigger,
        arn: String,
        checkpoint: Checkpoint,
        written: Option<watch::Receiver<u64>>,
        progress: Arc<Progress>,
    ) -> Self {
        Self { poller, trigger, arn, checkpoint, written, progress, iterators: BTreeMap::new() }
    }

    /// Reads until the stack stops.
    pub(super) async fn poll(mut self) {
        let mut failures = 0_u32;
        while !*self.poller.closing.borrow() {
            if let Some(written) = &mut self.written {
                written.mark_unchanged();
            }
            let read = self.progress.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let mut idle = false;
            let pause = match self.read_once().await {
                Ok(true) => {
                    failures = 0;
                    GATHER
                }
                Ok(false) => {
                    idle = true;
                    failures = 0;
                    self.progress.empty.store(read, Ordering::SeqCst);
                    self.progress.finished.notify_waiters();
                    if self.written.is_some() { IDLE_POLL } else { POLL }
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(function = self.poller.function.name(), %error, "could not \
                     read the stream");
                    Duration::from_millis(100 << failures.min(6))
                }
            };
            let mut closing = self.poller.closing.clone();
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = changed(&mut self.written), if idle => {}
                () = self.progress.nudge.notified(), if failures == 0 => {}
                () = closed(&mut closing) => return,
            }
        }
    }

    /// Reads every shard once; returns `true` if there were records.
    async fn read_once(&mut self) -> Result<bool, AwsError> {
        if self.iterators.is_empty() {
            self.find_shards().await?;
        }
        let mut found = false;
        for (shard, iterator) in self.iterators.clone() {
            let input = json!({ "ShardIterator": iterator, "Limit": READ_LIMIT });
            let answer =
                match self.poller.aws.call_unread(Service::Streams, "GetRecords", &input).await {
                    Ok(output) => output,
                    Err(error)
                        if matches!(
                            error.code.as_str(),
                            "ExpiredIteratorException" | "TrimmedDataAccessException"
                        ) =>
                    {
                        if error.code == "TrimmedDataAccessException" {
                            tracing::warn!(
                                function = self.poller.function.name(),
                                "the stream has discarded unread records"
                            );
                            self.checkpoint.forget(&shard);
                        }
                        self.iterators.clear();
                        return Ok(true);
                    }
                    Err(error) => return Err(error),
                };
            let answer: Answer<'_> = serde_json::from_slice(&answer)?;
            if let Some(last) = answer.last_number()? {
                found = true;
                let wanted = answer.wanted(&self.trigger.filters)?;
                let work = self.poller.lambda.activity().begin();
                let handled = self.take(&shard, wanted, &last).await;
                drop(work);
                if !handled {
                    return Ok(true);
                }
            }
            match answer.next {
                Some(next) => self.iterators.insert(shard, next.into_owned()),
                // The shard is closed and read to its end: it may have child shards now.
                None => {
                    self.iterators.clear();
                    return Ok(found);
                }
            };
        }
        Ok(found)
    }

    /// Handles the matching records of a read, in batches. `false`: the stack is stopping, and the
    /// rest is read again after the next start.
    async fn take(&mut self, shard: &str, mut wanted: Vec<Record>, last: &str) -> bool {
        if wanted.is_empty() {
            self.remember(shard, last);
        }
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(self.trigger.batch_size));
            // After the last batch, the records that the filter excluded are handled as well.
            let end = if rest.is_empty() {
                last.to_owned()
            } else {
                wanted.last().map(|record| record.number.clone()).unwrap_or_default()
            };
            if !self.handle(shard, wanted, &end).await {
                return false;
            }
            wanted = rest;
        }
        true
    }

    pub(super) fn remember(&mut self, shard: &str, sequence: &str) {
        if let Err(error) = self.checkpoint.set(shard, sequence) {
            tracing::error!(function = self.poller.function.name(), %error, "the position in the stream is not saved");
        }
    }

    async fn find_shards(&mut self) -> Result<(), AwsError> {
        let described = self
            .poller
            .aws
            .call(Service::Streams, "DescribeStream", &json!({ "StreamArn": self.arn }))
            .await?;
        let shards =
            described["StreamDescription"]["Shards"].as_array().cloned().unwrap_or_default();
        for shard in &shards {
            let id = shard["ShardId"].as_str().unwrap_or_default();
            let closed_at = shard["SequenceNumberRange"]["EndingSequenceNumber"].as_str();
            // A closed shard that was read to its end returns no more records.
            if closed_at.is_some() && closed_at == self.checkpoint.get(id) {
                continue;
            }
            let iterator = self.iterator(id).await?;
            self.iterators.insert(id.to_owned(), iterator);
        }
        Ok(())
    }

    async fn iterator(&mut self, shard: &str) -> Result<String, AwsError> {
        let start = if self.trigger.from_start { "TRIM_HORIZON" } else { "LATEST" };
        let mut input =
            json!({ "StreamArn": self.arn, "ShardId": shard, "ShardIteratorType": start });
        if let Some(sequence) = self.checkpoint.get(shard) {
            input["ShardIteratorType"] = Value::from("AFTER_SEQUENCE_NUMBER");
            input["SequenceNumber"] = Value::from(sequence);
        }
        let output = match self.poller.aws.call(Service::Streams, "GetShardIterator", &input).await
        {
            Err(error)
                if matches!(
                    error.code.as_str(),
                    "TrimmedDataAccessException" | "ValidationException"
                ) =>
            {
                tracing::warn!(function = self.poller.function.name(), %error, "the stream does \
                     not have the saved position");
                self.checkpoint.forget(shard);
                let input = json!({ "StreamArn": self.arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
                self.poller.aws.call(Service::Streams, "GetShardIterator", &input).await?
            }
            output => output?,
        };
        Ok(output["ShardIterator"].as_str().unwrap_or_default().to_owned())
    }
}

/// Waits for a write, if writes are reported.
async fn changed(written: &mut Option<watch::Receiver<u64>>) {
    let told = match written {
        Some(written) => written.changed().await.is_ok(),
        None => false,
    };
    // Without a sender (the cloud is closing), there are no more writes.
    if !told {
        std::future::pending().await
    }
}
