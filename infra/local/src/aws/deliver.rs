//! Records of failed events, on their way to a queue or a bucket.

use serde_json::{Value, json};

use super::{Aws, AwsError, Service};
use crate::template::Destination;

impl Aws {
    /// Returns the URL of a queue.
    pub(crate) async fn queue_url(&self, queue: &str) -> Result<String, AwsError> {
        let output = self.call(Service::Sqs, "GetQueueUrl", &json!({ "QueueName": queue })).await?;
        Ok(output["QueueUrl"].as_str().unwrap_or_default().to_owned())
    }

    /// Sends a record to the destination that the template specifies.
    pub(crate) async fn deliver(
        &self,
        to: &Destination,
        record: &Value,
        source: &str,
    ) -> Result<(), AwsError> {
        match to {
            Destination::Queue(queue) => {
                // By URL: the function may send to the queue, but not look it up.
                let url = self.transport.address(&format!("/{}/{queue}", self.account()));
                let input = json!({ "QueueUrl": url, "MessageBody": record.to_string() });
                self.call(Service::Sqs, "SendMessage", &input).await.map(drop)
            }
            Destination::Bucket(bucket) => {
                let time = crate::time::now().strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S").to_string();
                let key = format!("aws/lambda/{source}/{time}-{}", uuid::Uuid::now_v7());
                self.put(bucket, Some(&key), record.to_string().into()).await
            }
        }
    }
}
