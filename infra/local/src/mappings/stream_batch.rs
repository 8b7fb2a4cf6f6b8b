//! One batch of a stream: retried until it succeeds, bisected if the template specifies it, and
//! reported to the failure destination when discarded.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::failed_items;
use super::stream::Stream;
use super::stream_answer::{Record, event};
use crate::closing::closed;
use crate::cloud::arn;
use crate::lambda::Failure;

/// A part of a batch and how often it has failed.
struct Part {
    records: Vec<Record>,
    failures: u32,
}

impl Stream {
    /// Handles a batch completely, after which the position in the stream is `end`. Returns `false`
    /// if the stack stops first.
    pub(super) async fn handle(&mut self, shard: &str, batch: Vec<Record>, end: &str) -> bool {
        let mut parts = VecDeque::from([Part { records: batch, failures: 0 }]);
        while let Some(part) = parts.pop_front() {
            let result = match event(&part.records, &self.arn) {
                Ok(event) => self.poller.function.invoke(event).await,
                Err(error) => Err(Failure::function("Stream.Unreadable", error.to_string())),
            };
            let (done, failure) = self.outcome(&part.records, result);
            let Some(failure) = failure else {
                self.leave_behind(shard, &part, parts.is_empty(), end);
                continue;
            };
            if done > 0 {
                self.remember(shard, &part.records[done - 1].number);
            }
            tracing::warn!(function = self.poller.function.name(), failures = part.failures + 1, %failure, "a batch failed");
            let rest = Part { records: part.records[done..].to_vec(), failures: part.failures + 1 };
            if self.is_given_up(&rest) {
                self.tell(shard, &rest, &failure).await;
                self.leave_behind(shard, &rest, parts.is_empty(), end);
                continue;
            }
            let failures = rest.failures;
            if self.trigger.bisect && rest.records.len() > 1 {
                let middle = rest.records.len() / 2;
                let (left, right) = rest.records.split_at(middle);
                // The failures of smaller parts are counted from zero: only the part that can't be
                // handled exhausts its retries.
                parts.push_front(Part { records: right.to_vec(), failures: 0 });
                parts.push_front(Part { records: left.to_vec(), failures: 0 });
            } else {
                parts.push_front(rest);
            }
            let mut closing = self.poller.closing.clone();
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(100 << failures.min(8))) => {}
                () = closed(&mut closing) => return false,
            }
        }
        true
    }

    /// Stores the position after a part; after the last part, it is `end`.
    fn leave_behind(&mut self, shard: &str, part: &Part, is_last: bool, end: &str) {
        match part.records.last() {
            Some(last) if !is_last => self.remember(shard, &last.number),
            _ => self.remember(shard, end),
        }
    }

    /// Returns how many records from the front are handled, and the failure of the next one.
    fn outcome(
        &self,
        records: &[Record],
        result: Result<Value, Failure>,
    ) -> (usize, Option<Failure>) {
        let result = match result {
            Err(failure) => return (0, Some(failure)),
            Ok(_) if !self.trigger.partial_failures => return (records.len(), None),
            Ok(result) => result,
        };
        let all_failed = |message: &str| (0, Some(Failure::function("BatchItemFailures", message)));
        let Some(failed) = failed_items(&result) else {
            return all_failed("the response is not a batch response");
        };
        if failed.is_empty() {
            return (records.len(), None);
        }
        // Everything from the lowest failed record on is retried.
        let first = failed
            .iter()
            .map(|id| records.iter().position(|record| record.number == *id))
            .collect::<Option<Vec<_>>>()
            .and_then(|positions| positions.into_iter().min());
        match first {
            None => all_failed("an unknown record was reported"),
            Some(first) => {
                let message = format!("{} of {} records failed", failed.len(), records.len());
                (first, Some(Failure::function("BatchItemFailures", message)))
            }
        }
    }

    fn is_given_up(&self, part: &Part) -> bool {
        let whole = !self.trigger.bisect || part.records.len() <= 1;
        let tried = whole && self.trigger.retries.is_some_and(|retries| part.failures > retries);
        let age = part
            .records
            .first()
            .and_then(|record| record.arrival)
            .map(|arrival| Timestamp::now().as_second() - arrival);
        let limit = self.trigger.max_age.and_then(|limit| i64::try_from(limit.as_secs()).ok());
        tried || matches!((age, limit), (Some(age), Some(limit)) if age > limit)
    }

    async fn tell(&self, shard: &str, part: &Part, failure: &Failure) {
        let function = self.poller.function.name();
        tracing::error!(function, records = part.records.len(), %failure, "records are discarded");
        let Some(destination) = &self.trigger.on_failure else { return };
        let sequence = |record: Option<&Record>| record.map(|record| record.number.clone());
        let arrival = |record: Option<&Record>| {
            Some(Timestamp::from_second(record?.arrival?).ok()?.to_string())
        };
        let (first, last) = (part.records.first(), part.records.last());
        let mut record = json!({
            "version": "1.0",
            "timestamp": Timestamp::now().to_string(),
            "requestContext": {
                "requestId": uuid::Uuid::now_v7().to_string(),
                "functionArn": arn::function(self.poller.aws.region(), function),
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": part.failures,
            },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "responsePayload": failure.payload(),
            "DDBStreamBatchInfo": {
                "shardId": shard,
                "startSequenceNumber": sequence(first),
                "endSequenceNumber": sequence(last),
                "approximateArrivalOfFirstRecord": arrival(first),
                "approximateArrivalOfLastRecord": arrival(last),
                "batchSize": part.records.len(),
                "streamArn": self.arn,
            },
        });
        // Only a bucket receives the records themselves; they could exceed the size of a queue's
        // message.
        if matches!(destination, crate::template::Destination::Bucket(_)) {
            record["payload"] = event(&part.records, &self.arn)
                .map(|event| Value::String(event.to_string()))
                .unwrap_or_default();
        }
        if let Err(error) = self.poller.aws.deliver(destination, &record, function).await {
            tracing::error!(function, %error, "could not report discarded records");
        }
    }
}
