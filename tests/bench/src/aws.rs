//! The few direct calls of AWS: queue depths and stored items.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};

use crate::http1::Connection;

/// The AWS endpoint of a stack, used as its administrator.
pub struct Aws {
    connection: Connection,
}

impl Aws {
    /// Connects to the endpoint.
    ///
    /// # Errors
    /// If the connection is refused.
    pub async fn open(url: &str) -> Result<Self> {
        Ok(Self { connection: Connection::open(url).await? })
    }

    /// Calls a service with the JSON protocol. The local endpoint identifies its callers by their
    /// access key alone.
    ///
    /// # Errors
    /// If the service refuses the call.
    pub async fn call(&mut self, service: &str, target: &str, input: &Value) -> Result<Value> {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=00"
        );
        let headers = [
            ("authorization", credential.as_str()),
            ("x-amz-target", target),
            ("content-type", "application/x-amz-json-1.0"),
        ];
        let answer = self
            .connection
            .send(Method::POST, "/", &headers, Bytes::from(input.to_string()))
            .await?;
        if !answer.status.is_success() {
            bail!("{target}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Returns how many messages of a queue are waiting or in flight.
    ///
    /// # Errors
    /// If the service refuses the call.
    pub async fn queue_depth(&mut self, url: &str) -> Result<u64> {
        let names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ];
        let input = json!({ "QueueUrl": url, "AttributeNames": names });
        let answer = self.call("sqs", "AmazonSQS.GetQueueAttributes", &input).await?;
        let depth = |name: &&str| {
            answer["Attributes"][*name]
                .as_str()
                .and_then(|number| number.parse::<u64>().ok())
                .unwrap_or(0)
        };
        Ok(names.iter().map(depth).sum())
    }

    /// Returns the URLs of all queues.
    ///
    /// # Errors
    /// If the service refuses the call.
    pub async fn queues(&mut self) -> Result<Vec<String>> {
        let answer = self.call("sqs", "AmazonSQS.ListQueues", &json!({})).await?;
        Ok(answer["QueueUrls"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|url| url.as_str().map(str::to_owned))
            .collect())
    }

    /// Returns an item in DynamoDB's own JSON.
    ///
    /// # Errors
    /// If there is none.
    pub async fn item(&mut self, table: &str, pk: &str, sk: &str) -> Result<Value> {
        let input = json!({ "TableName": table, "Key": { "pk": { "S": pk }, "sk": { "S": sk } } });
        let mut answer = self.call("dynamodb", "DynamoDB_20120810.GetItem", &input).await?;
        answer.get_mut("Item").map(Value::take).with_context(|| format!("{table} has no {pk} {sk}"))
    }

    /// Returns the partition keys of a table's events of one type, one for each event.
    ///
    /// # Errors
    /// If the service refuses the call.
    pub async fn keys_of_events(&mut self, table: &str, kind: &str) -> Result<Vec<String>> {
        let mut input = json!({
            "TableName": table,
            "FilterExpression": "begins_with(sk, :prefix) AND #type = :kind",
            "ProjectionExpression": "pk",
            "ExpressionAttributeNames": { "#type": "type" },
            "ExpressionAttributeValues": { ":prefix": { "S": "EVENT#" }, ":kind": { "S": kind } },
        });
        let mut found = Vec::new();
        loop {
            let page = self.call("dynamodb", "DynamoDB_20120810.Scan", &input).await?;
            found.extend(
                page["Items"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|item| item["pk"]["S"].as_str().map(str::to_owned)),
            );
            match page.get("LastEvaluatedKey") {
                Some(key) => input["ExclusiveStartKey"] = key.clone(),
                None => return Ok(found),
            }
        }
    }
}

/// Converts an attribute to plain JSON.
#[must_use]
pub fn plain(attribute: &Value) -> Value {
    let Some((kind, value)) = attribute.as_object().and_then(|typed| typed.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "N" => value
            .as_str()
            .and_then(|number| serde_json::from_str(number).ok())
            .unwrap_or(Value::Null),
        "M" => plain_item(value),
        "L" => value.as_array().into_iter().flatten().map(plain).collect(),
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}

/// Converts the attributes of an item to plain JSON.
#[must_use]
pub fn plain_item(item: &Value) -> Value {
    let attributes = item.as_object().into_iter().flatten();
    Value::Object(
        attributes.map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>(),
    )
}
