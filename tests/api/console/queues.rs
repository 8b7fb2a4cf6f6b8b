//! Queues, and moving dead letters back.

use builder_tests::{Aws, Stack};
use serde_json::{Value, json};

use super::{between, html, press, token_of};

async fn sqs(aws: &Aws, operation: &str, input: Value) -> Value {
    aws.call("sqs", &format!("AmazonSQS.{operation}"), &input).await
}

/// Creates a queue with a message that becomes a dead letter, and returns the name of the
/// dead-letter queue.
async fn bury(aws: &Aws, body: &str) -> String {
    let dead =
        sqs(aws, "CreateQueue", json!({ "QueueName": "broken-dead-letters" })).await["QueueUrl"]
            .clone();
    let policy = json!({ "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:broken-dead-letters", "maxReceiveCount": 1 });
    let attributes = json!({ "VisibilityTimeout": "0", "RedrivePolicy": policy.to_string() });
    let queue = sqs(aws, "CreateQueue", json!({ "QueueName": "broken", "Attributes": attributes }))
        .await["QueueUrl"]
        .clone();
    sqs(aws, "SendMessage", json!({ "QueueUrl": queue, "MessageBody": body })).await;
    assert!(sqs(aws, "ReceiveMessage", json!({ "QueueUrl": queue })).await["Messages"].is_array());
    assert!(sqs(aws, "ReceiveMessage", json!({ "QueueUrl": queue })).await["Messages"].is_null());
    assert!(dead.is_string());
    "broken-dead-letters".to_owned()
}

async fn waiting(aws: &Aws, queue: &str) -> String {
    let url = sqs(aws, "GetQueueUrl", json!({ "QueueName": queue })).await["QueueUrl"].clone();
    let input = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
    sqs(aws, "GetQueueAttributes", input).await["Attributes"]["ApproximateNumberOfMessages"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_button_moves_dead_letters_back_to_their_queue() {
    let stack = Stack::own().with_cloud_of_its_own().start();
    let (aws, visitor) = (stack.aws(), stack.visitor());
    let dead = bury(&aws, "{\"note\":\"</pre><script>alert(1)</script>\"}").await;
    assert_eq!(
        (waiting(&aws, &dead).await, waiting(&aws, "broken").await),
        ("1".to_owned(), "0".to_owned())
    );

    let front = html(&visitor, "/").await;
    assert!(front.contains("<strong class=\"bad\">1</strong> dead letters"), "{front}");
    let list = html(&visitor, "/_local/queues").await;
    assert!(
        list.contains(
            "<a href=\"/_local/queues/broken-dead-letters\">broken-dead-letters</a> \
             <small>after 1 tries</small>"
        ),
        "{list}"
    );
    let address = format!("/_local/queues/{dead}");
    let page = html(&visitor, &address).await;
    assert!(page.contains("from broken") && page.contains("<dd>broken</dd>"), "{page}");
    assert!(page.contains("&lt;/pre&gt;&lt;script&gt;") && !page.contains("<script"), "{page}");

    // Reading the pages has changed nothing.
    assert_eq!(waiting(&aws, &dead).await, "1");
    let after = press(&visitor, &address, &format!("{address}/redrive"), "").await;
    assert_eq!(after, format!("{address}?moved=1"));
    assert!(html(&visitor, &after).await.contains("1 message was moved back."));
    assert_eq!(
        (waiting(&aws, &dead).await, waiting(&aws, "broken").await),
        ("0".to_owned(), "1".to_owned())
    );
    // The body is unchanged, and there is nothing left to move.
    assert!(html(&visitor, "/_local/queues/broken").await.contains("&quot;note&quot;"));
    assert!(
        !html(&visitor, &address).await.contains("<button"),
        "expected nothing left to redrive"
    );
}

#[tokio::test]
async fn all_queues_are_listed_and_only_dead_letters_can_be_moved() {
    let stack = Stack::own().with_cloud_of_its_own().start();
    let visitor = stack.visitor();
    let list = html(&visitor, "/_local/queues").await;
    for queue in [
        "email-queue",
        "email-dead-letters",
        "invoice-queue.fifo",
        "document-queue",
        "payment-queue",
        "job-dead-letters",
    ] {
        assert!(
            list.contains(&format!("/_local/queues/builder-dev-{queue}\">")),
            "{queue}: {list}"
        );
    }
    let token = token_of(&html(&visitor, "/_local/jobs").await);
    let redrive = visitor.command("/_local/queues/builder-dev-email-queue/redrive");
    let refused = redrive
        .body("application/x-www-form-urlencoded", format!("token={token}"))
        .await
        .expect(422);
    refused.check(
        refused.body_text().contains("is not the dead-letter queue of any queue"),
        "expected a reason",
    );
    let page = html(&visitor, "/_local/queues/builder-dev-email-dead-letters").await;
    assert!(
        between(&page, "Dead letters of", "</dl>").contains("builder-dev-email-queue"),
        "{page}"
    );
}
