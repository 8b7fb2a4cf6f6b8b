//! SQS's errors and their messages.

use serde_json::{Value, json};

use super::Queues;
use crate::cloud::error::AwsError;

async fn refusal(queues: &Queues, operation: &str, request: Value) -> (String, String) {
    match queues.call(operation, request).await {
        Err(AwsError::Answer { code, message, .. }) => {
            (code.rsplit('#').next().unwrap().to_owned(), message)
        }
        other => panic!("{operation}: {other:?}"),
    }
}

#[tokio::test]
async fn a_dead_letter_queue_exists_and_is_of_the_same_kind() {
    let queues = Queues::new();
    queues.create("dead", json!({})).await;
    queues.create("q", json!({})).await;
    let to = |name: &str| {
        json!({"deadLetterTargetArn": format!("arn:aws:sqs:us-east-1:000000000000:{name}"), "maxReceiveCount": 5}).to_string()
    };
    let missing = json!({"QueueName": "new", "Attributes": {"RedrivePolicy": to("nowhere")}});
    let (code, message) = refusal(&queues, "CreateQueue", missing).await;
    assert_eq!(code, "InvalidParameterValue");
    assert!(
        message.ends_with(
            "for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist."
        ),
        "{message}"
    );
    assert!(
        queues.call("GetQueueUrl", json!({"QueueName": "new"})).await.is_err(),
        "nothing was created"
    );
    let fifo = json!({"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true", "RedrivePolicy": to("dead")}});
    let (_, message) = refusal(&queues, "CreateQueue", fifo).await;
    assert!(
        message.ends_with("Reason: Dead-letter queue must be same type of queue as the source."),
        "{message}"
    );
    let later = json!({"QueueUrl": "q", "Attributes": {"RedrivePolicy": to("nowhere")}});
    let (_, message) = refusal(&queues, "SetQueueAttributes", later).await;
    assert!(message.ends_with("Dead letter target does not exist."), "{message}");
    queues
        .call(
            "SetQueueAttributes",
            json!({"QueueUrl": "q", "Attributes": {"RedrivePolicy": to("dead")}}),
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn a_policy_with_several_resources_in_a_statement_is_refused_and_changes_nothing() {
    let queues = Queues::new();
    queues.create("q", json!({})).await;
    let own = "arn:aws:sqs:us-east-1:000000000000:q";
    let policy = |resource: Value| {
        let statement =
            json!({"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": resource});
        json!({"QueueUrl": "q", "Attributes": {"Policy": json!({"Statement": [statement]}).to_string()}})
    };
    let (code, message) = refusal(&queues, "SetQueueAttributes", policy(json!([own, own]))).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("InvalidParameterValue", "Invalid value for the parameter Policy.")
    );
    let shown = queues
        .call("GetQueueAttributes", json!({"QueueUrl": "q", "AttributeNames": ["Policy"]}))
        .await
        .unwrap();
    assert_eq!(shown["Attributes"], json!({}));
    queues.call("SetQueueAttributes", policy(json!("*"))).await.unwrap();
}

#[tokio::test]
async fn a_batch_with_an_invalid_id_is_rejected_as_a_whole() {
    let queues = Queues::new();
    queues.create("q", json!({})).await;
    let long = "x".repeat(81);
    for id in ["", "a b", "a.b", "\u{e4}", long.as_str()] {
        let entries = json!([{"Id": "1", "MessageBody": "one"}, {"Id": id, "MessageBody": "two"}]);
        let (code, _) =
            refusal(&queues, "SendMessageBatch", json!({"QueueUrl": "q", "Entries": entries}))
                .await;
        assert_eq!(code, "InvalidBatchEntryId", "{id:?}");
    }
    let receipts = json!([{"Id": "a b", "ReceiptHandle": "x"}]);
    let (code, _) =
        refusal(&queues, "DeleteMessageBatch", json!({"QueueUrl": "q", "Entries": receipts})).await;
    assert_eq!(code, "InvalidBatchEntryId");
    let large = "x".repeat(600_000);
    let entries = json!([{"Id": "1", "MessageBody": large}, {"Id": "2", "MessageBody": large}]);
    let (code, _) =
        refusal(&queues, "SendMessageBatch", json!({"QueueUrl": "q", "Entries": entries})).await;
    assert_eq!(code, "BatchRequestTooLong");
    assert!(queues.bodies("q").await.is_empty());
    let id = "x".repeat(80);
    let entries = json!([{"Id": id, "MessageBody": "one"}, {"Id": "A-_9", "MessageBody": "two"}]);
    queues.call("SendMessageBatch", json!({"QueueUrl": "q", "Entries": entries})).await.unwrap();
}

#[tokio::test]
async fn a_message_has_at_most_ten_attributes_each_with_a_type_and_a_value() {
    let queues = Queues::new();
    queues.create("q", json!({})).await;
    let send = |attributes: Value| json!({"QueueUrl": "q", "MessageBody": "x", "MessageAttributes": attributes});
    let many = |count: usize| {
        let attribute = json!({"DataType": "String", "StringValue": "v"});
        Value::Object((0..count).map(|number| (format!("a{number}"), attribute.clone())).collect())
    };
    queues.call("SendMessage", send(many(10))).await.unwrap();
    let (code, message) = refusal(&queues, "SendMessage", send(many(11))).await;
    assert_eq!(code, "InvalidParameterValue");
    assert_eq!(message, "Number of message attributes [11] exceeds the allowed maximum [10].");
    for attributes in [
        json!({"a": {"DataType": "Text", "StringValue": "v"}}),
        json!({"a": {"DataType": "String"}}),
        json!({"a": {"DataType": "Binary", "StringValue": "v"}}),
        json!({"aws.a": {"DataType": "String", "StringValue": "v"}}),
        json!({"a b": {"DataType": "String", "StringValue": "v"}}),
    ] {
        assert_eq!(
            refusal(&queues, "SendMessage", send(attributes.clone())).await.0,
            "InvalidParameterValue",
            "{attributes}"
        );
    }
    queues
        .call("SendMessage", send(json!({"a": {"DataType": "Number.float", "StringValue": "1.5"}})))
        .await
        .unwrap();
    let (code, _) =
        refusal(&queues, "SendMessage", json!({"QueueUrl": "q", "MessageBody": "a\u{0}b"})).await;
    assert_eq!(code, "InvalidMessageContents");
}
