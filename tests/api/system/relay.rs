//! The relay and an event that it can't read.

use builder_tests::{Stack, aws};
use serde_json::{Value, json};

#[tokio::test]
async fn an_undeliverable_event_does_not_block_others() {
    let stack = Stack::own().assert_idle().start();
    let aws = stack.aws();
    let key = json!({ "pk": { "S": "ORDER#spoiled" }, "sk": { "S": "EVENT#0000000001" } });
    let mut item = key.clone();
    item["version"] = json!({ "S": "not a number" });
    aws.call(
        "dynamodb",
        "DynamoDB_20120810.PutItem",
        &json!({ "TableName": aws::DATA_TABLE, "Item": item }),
    )
    .await;

    // The user's verification mail comes through the same stream after it.
    stack.user().await;
    stack.wait_until_idle().await;
    let notes = aws.messages(aws::JOB_DEAD_LETTERS).await;
    let [note] = &notes[..] else { panic!("one note, not {notes:?}") };
    let note: Value = serde_json::from_str(note).unwrap();
    assert_eq!(note["event"], json!({ "pk": "ORDER#spoiled", "sk": "EVENT#0000000001" }));
    assert_eq!(note["function"], "relay-events");
    assert!(note["reason"].is_string(), "{note}");
}
