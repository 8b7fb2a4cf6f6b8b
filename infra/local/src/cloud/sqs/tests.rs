mod refusals;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Context, Sqs, now};
use crate::cloud::database::store;
use crate::cloud::error::AwsError;

struct Queues {
    sqs: Sqs,
    _closing: watch::Sender<bool>,
}

impl Queues {
    fn new() -> Self {
        let closing = watch::Sender::new(false);
        let sqs = Sqs::new(store::open(None).unwrap(), "us-east-1", closing.subscribe());
        Self { sqs, _closing: closing }
    }

    async fn call(&self, operation: &str, request: Value) -> Result<Value, AwsError> {
        let context = Context {
            region: "us-east-1".into(),
            base_url: "http://localhost".into(),
            sender: "tester".into(),
            here: true,
            now: now(),
        };
        self.sqs.carry_out(operation, context, request).await
    }

    async fn create(&self, name: &str, attributes: Value) {
        self.call("CreateQueue", json!({"QueueName": name, "Attributes": attributes}))
            .await
            .unwrap();
    }

    async fn send(&self, queue: &str, body: &str) {
        self.call("SendMessage", json!({"QueueUrl": queue, "MessageBody": body})).await.unwrap();
    }

    async fn send_to_group(&self, queue: &str, body: &str, group: &str) -> Value {
        let request = json!({"QueueUrl": queue, "MessageBody": body, "MessageGroupId": group});
        self.call("SendMessage", request).await.unwrap()
    }

    /// Receives messages, and returns their bodies and receipts.
    async fn receive(&self, queue: &str, more: Value) -> Vec<(String, String)> {
        let mut request = json!({"QueueUrl": queue, "MaxNumberOfMessages": 10});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.call("ReceiveMessage", request).await.unwrap();
        answer["Messages"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|message| {
                (
                    message["Body"].as_str().unwrap().into(),
                    message["ReceiptHandle"].as_str().unwrap().into(),
                )
            })
            .collect()
    }

    async fn bodies(&self, queue: &str) -> Vec<String> {
        self.receive(queue, json!({})).await.into_iter().map(|(body, _)| body).collect()
    }

    async fn delete(&self, queue: &str, receipt: &str) -> Result<Value, AwsError> {
        self.call("DeleteMessage", json!({"QueueUrl": queue, "ReceiptHandle": receipt})).await
    }
}

#[tokio::test]
async fn a_received_message_is_hidden_until_its_visibility_timeout() {
    let queues = Queues::new();
    queues.create("q", json!({})).await;
    queues.send("q", "one").await;
    let first = queues.receive("q", json!({"VisibilityTimeout": 1})).await;
    assert_eq!(first.len(), 1);
    assert!(queues.bodies("q").await.is_empty());
    let began = Instant::now();
    let again = queues.receive("q", json!({"WaitTimeSeconds": 5})).await;
    assert_eq!(again[0].0, "one");
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "the poll ends when the message is visible again"
    );
    // The first receiver's receipt has expired: it deletes nothing.
    queues.delete("q", &first[0].1).await.unwrap();
    let request = json!({"QueueUrl": "q", "ReceiptHandle": again[0].1, "VisibilityTimeout": 0});
    queues.call("ChangeMessageVisibility", request).await.unwrap();
    let last = queues.receive("q", json!({})).await;
    queues.delete("q", &last[0].1).await.unwrap();
    assert!(queues.receive("q", json!({"VisibilityTimeout": 0})).await.is_empty());
}

#[tokio::test]
async fn a_waiting_receiver_is_woken_by_a_message() {
    let queues = Queues::new();
    queues.create("q", json!({})).await;
    let began = Instant::now();
    let (received, ()) = tokio::join!(queues.receive("q", json!({"WaitTimeSeconds": 20})), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        queues.send("q", "one").await;
    });
    assert_eq!(received[0].0, "one");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn polls_time_out_and_delayed_messages_wait() {
    let queues = Queues::new();
    queues.create("q", json!({})).await;
    let began = Instant::now();
    assert!(queues.receive("q", json!({"WaitTimeSeconds": 1})).await.is_empty());
    assert!((900..3_000).contains(&began.elapsed().as_millis()));
    let request = json!({"QueueUrl": "q", "MessageBody": "later", "DelaySeconds": 1});
    queues.call("SendMessage", request).await.unwrap();
    assert!(queues.bodies("q").await.is_empty());
    assert_eq!(queues.receive("q", json!({"WaitTimeSeconds": 5})).await[0].0, "later");
}

#[tokio::test]
async fn an_unprocessed_message_becomes_a_dead_letter_that_can_be_moved_back() {
    let queues = Queues::new();
    queues.create("dead", json!({})).await;
    let policy = json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": "2"});
    queues
        .create("q", json!({"RedrivePolicy": policy.to_string(), "VisibilityTimeout": "0"}))
        .await;
    queues.send("q", "poison").await;
    assert_eq!(queues.bodies("q").await, ["poison"]);
    assert_eq!(queues.bodies("q").await, ["poison"]);
    assert!(queues.bodies("q").await.is_empty());
    let request = json!({
        "QueueUrl": "dead", "VisibilityTimeout": 0,
        "MessageSystemAttributeNames": ["ApproximateReceiveCount", "DeadLetterQueueSourceArn"],
    });
    let dead = queues.call("ReceiveMessage", request).await.unwrap();
    let attributes = &dead["Messages"][0]["Attributes"];
    assert_eq!(attributes["DeadLetterQueueSourceArn"], "arn:aws:sqs:us-east-1:000000000000:q");
    assert_eq!(attributes["ApproximateReceiveCount"], "1");
    let source = json!({"SourceArn": "arn:aws:sqs:us-east-1:000000000000:dead"});
    queues.call("StartMessageMoveTask", source.clone()).await.unwrap();
    assert_eq!(queues.bodies("q").await, ["poison"]);
    let tasks = queues.call("ListMessageMoveTasks", source).await.unwrap();
    assert_eq!(tasks["Results"][0]["ApproximateNumberOfMessagesMoved"], 1);
    let wrong = json!({"SourceArn": "arn:aws:sqs:us-east-1:000000000000:q"});
    assert!(queues.call("StartMessageMoveTask", wrong).await.is_err());
}

#[tokio::test]
async fn a_fifo_group_is_received_in_order_and_by_one_at_a_time() {
    let queues = Queues::new();
    queues
        .create("q.fifo", json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"}))
        .await;
    for (body, group) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        queues.send_to_group("q.fifo", body, group).await;
    }
    let one = json!({"MaxNumberOfMessages": 1});
    let a1 = queues.receive("q.fifo", one.clone()).await;
    assert_eq!(a1[0].0, "a1");
    let b1 = queues.receive("q.fifo", one.clone()).await;
    assert_eq!(b1[0].0, "b1", "the group a is held");
    assert!(queues.bodies("q.fifo").await.is_empty());
    queues.delete("q.fifo", &a1[0].1).await.unwrap();
    assert_eq!(queues.receive("q.fifo", one).await[0].0, "a2");
}

#[tokio::test]
async fn a_fifo_message_sent_twice_is_delivered_once() {
    let queues = Queues::new();
    queues
        .create("q.fifo", json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"}))
        .await;
    let first = queues.send_to_group("q.fifo", "same", "a").await;
    let second = queues.send_to_group("q.fifo", "same", "a").await;
    assert_eq!(first["MessageId"], second["MessageId"]);
    assert_eq!(first["SequenceNumber"], second["SequenceNumber"]);
    let received = queues.receive("q.fifo", json!({})).await;
    assert_eq!(received.len(), 1);
    queues.delete("q.fifo", &received[0].1).await.unwrap();
    queues.send_to_group("q.fifo", "same", "a").await;
    assert!(queues.bodies("q.fifo").await.is_empty(), "also when the first is gone");
    let without_group = json!({"QueueUrl": "q.fifo", "MessageBody": "x"});
    assert!(queues.call("SendMessage", without_group).await.is_err());
}

#[tokio::test]
async fn a_batch_answers_for_each_entry() {
    let queues = Queues::new();
    queues.create("q", json!({})).await;
    let entries = json!([{"Id": "1", "MessageBody": "one"}, {"Id": "2", "MessageBody": ""}]);
    let answer = queues
        .call("SendMessageBatch", json!({"QueueUrl": "q", "Entries": entries}))
        .await
        .unwrap();
    assert_eq!(answer["Successful"][0]["Id"], "1");
    assert_eq!(answer["Failed"][0]["Id"], "2");
    let same = json!([{"Id": "1", "MessageBody": "one"}, {"Id": "1", "MessageBody": "two"}]);
    assert!(
        queues.call("SendMessageBatch", json!({"QueueUrl": "q", "Entries": same})).await.is_err()
    );
    assert!(
        queues.call("SendMessageBatch", json!({"QueueUrl": "q", "Entries": []})).await.is_err()
    );
}

#[tokio::test]
async fn many_receivers_get_every_message_once() {
    let queues = Queues::new();
    queues.create("q", json!({})).await;
    for number in 0..100 {
        queues.send("q", &number.to_string()).await;
    }
    let receivers = (0..20).map(|_| queues.bodies("q"));
    let mut bodies: Vec<u32> = futures::future::join_all(receivers)
        .await
        .concat()
        .iter()
        .map(|body| body.parse().unwrap())
        .collect();
    bodies.sort_unstable();
    assert_eq!(bodies, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_queue_is_created_once_and_its_attributes_are_checked() {
    let queues = Queues::new();
    queues.create("q", json!({"VisibilityTimeout": "60"})).await;
    queues.create("q", json!({"VisibilityTimeout": "60"})).await;
    for attributes in [
        json!({"VisibilityTimeout": "61"}),
        json!({"VisibilityTimeout": "x"}),
        json!({"Colour": "red"}),
    ] {
        let request = json!({"QueueName": "q", "Attributes": attributes});
        assert!(queues.call("CreateQueue", request).await.is_err());
    }
    assert!(queues.call("ReceiveMessage", json!({"QueueUrl": "nope"})).await.is_err());
    queues.call("DeleteQueue", json!({"QueueUrl": "q"})).await.unwrap();
    assert_eq!(queues.call("ListQueues", json!({})).await.unwrap()["QueueUrls"], json!([]));
}
