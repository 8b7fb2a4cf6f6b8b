//! Polls a queue for a function: successful messages are deleted, failed ones stay until their
//! visibility timeout ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::{Poller, event_of, failed_items};
use crate::aws::{AwsError, Service};
use crate::closing::closed;
use crate::syntax::filter;
use crate::template::QueueTrigger;

/// The maximum number of messages of one ReceiveMessage.
const MOST_PER_RECEIVE: usize = 10;
/// How long a ReceiveMessage waits for the first message.
const LONG_POLL: Duration = Duration::from_secs(20);

/// Polls until the stack stops, then finishes the batches in progress.
pub(super) async fn poll(mut poller: Poller, trigger: QueueTrigger, url: String) {
    let permits = Arc::new(Semaphore::new(trigger.concurrency));
    let trigger = Arc::new(trigger);
    let mut failures = 0_u32;
    while !*poller.closing.borrow() {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { break };
        let mut closing = poller.closing.clone();
        let gathered = tokio::select! {
            gathered = gather(&poller, &trigger, &url) => gathered,
            () = closed(&mut closing) => break,
        };
        match gathered {
            Ok(messages) if messages.is_empty() => failures = 0,
            Ok(messages) => {
                failures = 0;
                let work = poller.lambda.activity().begin();
                let (poller, trigger, url) = (poller.clone(), Arc::clone(&trigger), url.clone());
                tokio::spawn(async move {
                    handle(&poller, &trigger, &url, messages).await;
                    drop((work, permit));
                });
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(function = poller.function.name(), %error, "could not poll the \
                 queue");
                let pause = tokio::time::sleep(Duration::from_millis(100 << failures.min(6)));
                tokio::select! {
                    () = pause => {}
                    () = closed(&mut poller.closing) => break,
                }
            }
        }
    }
    // All permits are returned: no batch is in progress.
    let all = u32::try_from(trigger.concurrency).unwrap_or(u32::MAX);
    drop(permits.acquire_many(all).await);
}

/// Receives until the batch is full or the window ends.
async fn gather(
    poller: &Poller,
    trigger: &QueueTrigger,
    url: &str,
) -> Result<Vec<Value>, AwsError> {
    let mut messages = Vec::new();
    let mut window: Option<Instant> = None;
    loop {
        let missing = (trigger.batch_size - messages.len()).min(MOST_PER_RECEIVE);
        let wait = match window {
            None => LONG_POLL,
            Some(end) => end.saturating_duration_since(Instant::now()).min(LONG_POLL),
        };
        let input = json!({
            "QueueUrl": url,
            "MaxNumberOfMessages": missing,
            "WaitTimeSeconds": wait.as_secs(),
            "AttributeNames": ["All"],
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let mut output = poller.aws.call(Service::Sqs, "ReceiveMessage", &input).await?;
        if let Value::Array(received) = output["Messages"].take() {
            messages.extend(received);
        }
        if messages.is_empty() || messages.len() >= trigger.batch_size {
            return Ok(messages);
        }
        let end = *window.get_or_insert_with(|| Instant::now() + trigger.window);
        if Instant::now() >= end {
            return Ok(messages);
        }
    }
}

async fn handle(poller: &Poller, trigger: &QueueTrigger, url: &str, messages: Vec<Value>) {
    let queue_arn =
        format!("arn:aws:sqs:{}:{}:{}", poller.aws.region(), poller.aws.account(), trigger.queue);
    let mut handles: BTreeMap<String, String> = BTreeMap::new();
    let mut records = Vec::with_capacity(messages.len());
    for message in messages {
        let id = message["MessageId"].as_str().unwrap_or_default().to_owned();
        handles.insert(id, message["ReceiptHandle"].as_str().unwrap_or_default().to_owned());
        let record = record(message, &queue_arn, poller.aws.region());
        // A message that matches no filter is deleted.
        if filter::any_matches(&trigger.filters, &filterable(&record, &trigger.filters)) {
            records.push(record);
        }
    }
    if !records.is_empty() {
        let sent: Vec<String> = records
            .iter()
            .filter_map(|record| record["messageId"].as_str().map(str::to_owned))
            .collect();
        let failed = match poller.function.invoke(event_of(records)).await {
            Ok(result) if trigger.partial_failures => {
                failed_items(&result).unwrap_or_else(|| sent.clone())
            }
            Ok(_) => Vec::new(),
            Err(failure) => {
                tracing::warn!(function = poller.function.name(), messages = sent.len(), %failure, "a batch failed");
                sent.clone()
            }
        };
        // An unknown ID makes the whole batch fail.
        let failed = if failed.iter().all(|id| sent.contains(id)) { failed } else { sent };
        for id in failed {
            handles.remove(&id);
        }
    }
    if let Err(error) = delete(poller, url, handles).await {
        tracing::warn!(function = poller.function.name(), %error, "messages could not be deleted \
         and will be delivered again");
    }
}

async fn delete(
    poller: &Poller,
    url: &str,
    handles: BTreeMap<String, String>,
) -> Result<(), AwsError> {
    let handles: Vec<String> = handles.into_values().collect();
    for some in handles.chunks(MOST_PER_RECEIVE) {
        let entries: Vec<Value> = some
            .iter()
            .enumerate()
            .map(|(index, handle)| json!({ "Id": index.to_string(), "ReceiptHandle": handle }))
            .collect();
        let input = json!({ "QueueUrl": url, "Entries": entries });
        let output = poller.aws.call(Service::Sqs, "DeleteMessageBatch", &input).await?;
        if let Some([failure, ..]) = output["Failed"].as_array().map(Vec::as_slice) {
            tracing::warn!(function = poller.function.name(), %failure, "a message was not deleted");
        }
    }
    Ok(())
}

/// Returns a received message as the function receives it.
fn record(mut message: Value, queue_arn: &str, region: &str) -> Value {
    let attributes = message["MessageAttributes"].take();
    let mut named = Map::new();
    if let Value::Object(attributes) = attributes {
        for (name, attribute) in attributes {
            let mut record = json!({
                "dataType": attribute["DataType"],
                "stringListValues": [],
                "binaryListValues": [],
            });
            for (from, to) in [("StringValue", "stringValue"), ("BinaryValue", "binaryValue")] {
                if !attribute[from].is_null() {
                    record[to] = attribute[from].clone();
                }
            }
            named.insert(name, record);
        }
    }
    json!({
        "messageId": message["MessageId"].take(),
        "receiptHandle": message["ReceiptHandle"].take(),
        "body": message["Body"].take(),
        "attributes": match message["Attributes"].take() {
            Value::Null => Value::Object(Map::new()),
            attributes => attributes,
        },
        "messageAttributes": named,
        "md5OfBody": message["MD5OfBody"].take(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    })
}

/// Returns the record with its body parsed, to which patterns apply.
fn filterable(record: &Value, filters: &[Value]) -> Value {
    if filters.is_empty() {
        return Value::Null;
    }
    let mut parsed = record.clone();
    if let Some(body) =
        record["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok())
    {
        parsed["body"] = body;
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_a_record() {
        let message = json!({
            "MessageId": "m1",
            "ReceiptHandle": "r1",
            "Body": "{\"kind\":\"x\"}",
            "MD5OfBody": "abc",
            "Attributes": { "ApproximateReceiveCount": "1" },
            "MessageAttributes": { "traceparent": { "DataType": "String", "StringValue": "00-1" } },
        });
        let record = record(message, "arn:aws:sqs:r:0:q", "r");
        assert_eq!(record["messageAttributes"]["traceparent"]["stringValue"], "00-1");
        assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
        assert_eq!(record["eventSource"], "aws:sqs");
        let filters = [json!({ "body": { "kind": ["x"] } })];
        assert!(filter::any_matches(&filters, &filterable(&record, &filters)));
    }

    #[test]
    fn a_batch_response_lists_failed_messages() {
        assert_eq!(failed_items(&json!({ "batchItemFailures": [] })), Some(vec![]));
        assert_eq!(failed_items(&json!({})), Some(vec![]));
        let some = json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] });
        assert_eq!(failed_items(&some), Some(vec!["m1".to_owned()]));
        assert_eq!(failed_items(&json!({ "batchItemFailures": [{ "itemIdentifier": "" }] })), None);
        assert_eq!(failed_items(&json!({ "batchItemFailures": "x" })), None);
    }
}
