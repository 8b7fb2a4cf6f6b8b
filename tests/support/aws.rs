//! The AWS endpoint behind a stack, looked at as an operator.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use builder_store::document;
use serde_json::{Value, json};

/// The table of aggregates and events.
pub const DATA_TABLE: &str = "builder-dev-data";
/// The table of guards, idempotency records and send marks.
pub const EPHEMERAL_TABLE: &str = "builder-dev-ephemeral";
/// The queue of mails to send.
pub const EMAIL_QUEUE: &str = "builder-dev-email-queue";
/// The queue of jobs and events that failed for good.
pub const JOB_DEAD_LETTERS: &str = "builder-dev-job-dead-letters";
/// The secret that tokens are made with.
pub const SIGNING_SECRET: &str = "builder/dev/signing";

/// An operator at the AWS endpoint.
#[derive(Debug, Clone)]
pub struct Aws {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Aws {
    /// At this endpoint, in this account: emulators take an access key of twelve digits for it, and
    /// most others for everybody's.
    #[must_use]
    pub fn at(url: &str, account: Option<&str>) -> Self {
        // No connection is kept: it would end with the runtime of the test that opened it, and
        // another test shares this.
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client");
        Self { http, url: url.to_owned(), key: account.unwrap_or("test").to_owned() }
    }

    /// Calls an operation of a service that speaks JSON: `call("dynamodb",
    /// "DynamoDB_20120810.GetItem", …)`.
    pub async fn call(&self, service: &str, target: &str, input: &Value) -> Value {
        let version = if service == "secretsmanager" { "1.1" } else { "1.0" };
        // Emulators believe the access key and check no signature.
        let credential =
            format!("Credential={}/20260101/us-east-1/{service}/aws4_request", self.key);
        let request = self
            .http
            .post(&self.url)
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=00"),
            )
            .header("x-amz-target", target)
            .header("content-type", format!("application/x-amz-json-{version}"))
            .body(input.to_string());
        let response = request.send().await.expect("the AWS endpoint answers");
        let status = response.status();
        let body = response.text().await.expect("a whole answer");
        assert!(status.is_success(), "{target} {input}: {status} {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Everything in a table, documents as texts. No function does this; a test may.
    pub async fn items(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut input = json!({ "TableName": table, "ConsistentRead": true });
        loop {
            let output = self.call("dynamodb", "DynamoDB_20120810.Scan", &input).await;
            items.extend(output["Items"].as_array().into_iter().flatten().map(readable));
            match output.get("LastEvaluatedKey") {
                Some(key) if !key.is_null() => input["ExclusiveStartKey"] = key.clone(),
                _ => return items,
            }
        }
    }

    /// Puts an item, documents as texts, whatever was there.
    pub async fn put_item(&self, table: &str, item: &Value) {
        self.call(
            "dynamodb",
            "DynamoDB_20120810.PutItem",
            &json!({ "TableName": table, "Item": stored(item) }),
        )
        .await;
    }

    /// Removes an item.
    pub async fn delete_item(&self, table: &str, key: &Value) {
        self.call(
            "dynamodb",
            "DynamoDB_20120810.DeleteItem",
            &json!({ "TableName": table, "Key": key }),
        )
        .await;
    }

    /// Takes the last event out of the change feed, as if the stream had never told of it. The
    /// event itself stays.
    pub async fn lose_last_of_feed(&self) {
        let items = self.items(DATA_TABLE).await;
        let of_feed = |item: &&Value| item["pk"]["S"] == "FEED";
        let mut batch = items
            .iter()
            .filter(of_feed)
            .max_by_key(|item| item["sk"]["S"].as_str())
            .expect("an event")
            .clone();
        let first = batch["sk"]["S"].as_str().and_then(|sk| sk.parse::<usize>().ok());
        let first = first.expect("a position");
        let entries = batch["entries"]["S"].as_str().expect("a document");
        let mut entries: Vec<Value> = serde_json::from_str(entries).expect("entries");
        let last = entries.pop().expect("an entry");
        let position = first + entries.len();
        if entries.is_empty() {
            let key = json!({ "pk": batch["pk"], "sk": batch["sk"] });
            self.delete_item(DATA_TABLE, &key).await;
        } else {
            batch["entries"] = json!({ "S": json!(entries).to_string() });
            self.put_item(DATA_TABLE, &batch).await;
        }
        if let Some(owner) = last["owner"].as_str() {
            let key = json!({
                "pk": { "S": format!("FEED#{owner}") }, "sk": { "S": format!("{position:012}") },
            });
            self.delete_item(DATA_TABLE, &key).await;
        }
        let is_event =
            |item: &&Value| item["pk"]["S"] == last["pk"] && item["sk"]["S"] == last["sk"];
        let mut event = items.iter().find(is_event).expect("the event").clone();
        self.forget_position(&mut event).await;
    }

    /// Takes from an event what it was told when it came into the change feed.
    pub async fn forget_position(&self, event: &mut Value) {
        for told in ["feedPosition", "gsi1pk", "gsi1sk", "gsi3pk", "gsi3sk"] {
            event.as_object_mut().expect("an item").remove(told);
        }
        self.put_item(DATA_TABLE, event).await;
    }

    /// How many mails wait to be sent or are being sent.
    pub async fn waiting_mails(&self) -> u64 {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let input =
            json!({ "QueueUrl": self.queue_url(EMAIL_QUEUE).await, "AttributeNames": names });
        let output = self.call("sqs", "AmazonSQS.GetQueueAttributes", &input).await;
        let count = |name: &str| {
            output["Attributes"][name]
                .as_str()
                .and_then(|text| text.parse::<u64>().ok())
                .unwrap_or_default()
        };
        names.map(count).iter().sum()
    }

    /// The bodies of up to ten messages of a queue.
    pub async fn messages(&self, queue: &str) -> Vec<String> {
        let input = json!({ "QueueUrl": self.queue_url(queue).await, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 });
        let output = self.call("sqs", "AmazonSQS.ReceiveMessage", &input).await;
        let messages = output["Messages"].as_array().cloned().unwrap_or_default();
        messages.iter().filter_map(|message| message["Body"].as_str().map(str::to_owned)).collect()
    }

    async fn queue_url(&self, queue: &str) -> Value {
        self.call("sqs", "AmazonSQS.GetQueueUrl", &json!({ "QueueName": queue })).await["QueueUrl"]
            .take()
    }

    /// Puts another text into a secret.
    pub async fn put_secret(&self, name: &str, text: &str) {
        let input = json!({ "SecretId": name, "SecretString": text, "ClientRequestToken": format!("{:032x}", fastrand::u128(..)) });
        self.call("secretsmanager", "secretsmanager.PutSecretValue", &input).await;
    }

    /// The text of a secret.
    pub async fn secret(&self, name: &str) -> String {
        let output = self
            .call("secretsmanager", "secretsmanager.GetSecretValue", &json!({ "SecretId": name }))
            .await;
        output["SecretString"].as_str().expect("a text").to_owned()
    }
}

/// The item with its documents as texts, so that they can be searched and changed.
fn readable(item: &Value) -> Value {
    let attributes = item.as_object().expect("an item").iter().map(|(name, value)| {
        let stored = value["B"].as_str().and_then(|stored| STANDARD.decode(stored).ok());
        let document = stored.and_then(|stored| document::decode(&stored).ok());
        (name.clone(), document.map_or_else(|| value.clone(), |text| json!({ "S": text })))
    });
    attributes.collect()
}

/// The item as it is stored: the opposite of [`readable`].
fn stored(item: &Value) -> Value {
    let mut item = item.clone();
    for name in ["state", "data", "entries"] {
        if let Some(text) = item[name]["S"].as_str() {
            let stored = STANDARD.encode(document::encode(text).expect("memory"));
            item[name] = json!({ "B": stored });
        }
    }
    item
}
