//! SQS: standard and FIFO queues, in the JSON protocol.

mod digest;
mod messages;
mod peek;
mod queues;
#[cfg(test)]
mod tests;
mod wake;

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use s3s::Body;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Inner;
use super::arn;
use super::database::store::Store;
use super::error::{AwsError, json_answer};
use super::iam::Check;
use super::iam::caller::Caller;
use super::route::BySocket;
use messages::settle;
pub(crate) use peek::Peeked;
use queues::queue;
use wake::Wakes;

/// The SQS of the local cloud.
pub(super) struct Sqs {
    store: Store,
    region: String,
    wakes: Wakes,
    closing: watch::Receiver<bool>,
}

/// The context of a request.
#[derive(Clone)]
struct Context {
    region: String,
    /// `http://host:port`, as the client sent it: queue URLs begin with it.
    base_url: String,
    sender: String,
    /// Whether the caller is this process: messages that it has received become visible when the
    /// process is gone.
    here: bool,
    now: i64,
}

impl Sqs {
    pub(super) fn new(store: Store, region: &str, closing: watch::Receiver<bool>) -> Self {
        Self { store, region: region.to_owned(), wakes: Wakes::default(), closing }
    }

    /// Responds to one request.
    pub(super) async fn respond(
        &self,
        cloud: &Inner,
        caller: &Caller,
        operation: &str,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Response<Body>, AwsError> {
        let request: Value = serde_json::from_slice(body)?;
        let action = action(operation).ok_or_else(|| {
            AwsError::invalid(
                "com.amazonaws.sqs#UnsupportedOperation",
                format!("the local SQS does not know {operation}"),
            )
        })?;
        caller.authorize(&self.checks(action, &request))?;
        let through = cloud.faults_for(caller, action).await?;
        let host = parts
            .headers
            .get("host")
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost:4566");
        let context = Context {
            region: self.region.clone(),
            base_url: format!("http://{host}"),
            sender: caller.principal.name.clone(),
            here: parts.extensions.get::<BySocket>().is_none(),
            now: now(),
        };
        let answer = self.carry_out(operation, context, request).await?;
        through.finish()?;
        Ok(json_answer("application/x-amz-json-1.0", &answer))
    }

    async fn carry_out(
        &self,
        operation: &str,
        context: Context,
        request: Value,
    ) -> Result<Value, AwsError> {
        match operation {
            "SendMessage" => self.send(context, read(request)?).await,
            "SendMessageBatch" => self.send_batch(context, read(request)?).await,
            "ReceiveMessage" => self.receive(context, read(request)?).await,
            "DeleteMessage" => {
                self.settle(context, read::<settle::One<settle::Delete>>(request)?).await
            }
            "DeleteMessageBatch" => {
                self.settle_batch::<settle::Delete>(context, read(request)?).await
            }
            "ChangeMessageVisibility" => {
                self.settle(context, read::<settle::One<settle::ChangeVisibility>>(request)?).await
            }
            "ChangeMessageVisibilityBatch" => {
                self.settle_batch::<settle::ChangeVisibility>(context, read(request)?).await
            }
            "StartMessageMoveTask" => self.start_move(context, read(request)?).await,
            "ListMessageMoveTasks" => self.list_moves(read(request)?).await,
            _ => self.manage(operation, context, request).await,
        }
    }

    /// Returns the actions on queues to authorize.
    fn checks(&self, action: &'static str, request: &Value) -> Vec<Check> {
        let queue = |member: &str| {
            let name = arn::queue_name(request[member].as_str().unwrap_or_default());
            arn::queue(&self.region, name)
        };
        match action {
            "sqs:ListQueues" => vec![Check::new(action, "*".to_owned())],
            "sqs:CreateQueue" | "sqs:GetQueueUrl" => vec![Check::new(action, queue("QueueName"))],
            "sqs:ListMessageMoveTasks" => vec![Check::new(action, queue("SourceArn"))],
            "sqs:StartMessageMoveTask" => {
                let mut checks: Vec<Check> = [
                    "sqs:StartMessageMoveTask",
                    "sqs:ReceiveMessage",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                ]
                .map(|action| Check::new(action, queue("SourceArn")))
                .into();
                if request["DestinationArn"].is_string() {
                    checks.push(Check::new("sqs:SendMessage", queue("DestinationArn")));
                }
                checks
            }
            _ => vec![Check::new(action, queue("QueueUrl"))],
        }
    }

    /// Deletes messages after their retention period, and deduplication IDs after five minutes.
    pub(super) async fn sweep(&self) -> Result<(), AwsError> {
        self.store.run(|store| queue::sweep(store, now())).await??;
        Ok(())
    }
}

/// Returns the IAM action of an operation. For batches, it is that of the operation on each
/// message.
fn action(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "SendMessage" | "SendMessageBatch" => "sqs:SendMessage",
        "ReceiveMessage" => "sqs:ReceiveMessage",
        "DeleteMessage" | "DeleteMessageBatch" => "sqs:DeleteMessage",
        "ChangeMessageVisibility" | "ChangeMessageVisibilityBatch" => "sqs:ChangeMessageVisibility",
        "CreateQueue" => "sqs:CreateQueue",
        "DeleteQueue" => "sqs:DeleteQueue",
        "GetQueueUrl" => "sqs:GetQueueUrl",
        "ListQueues" => "sqs:ListQueues",
        "GetQueueAttributes" => "sqs:GetQueueAttributes",
        "SetQueueAttributes" => "sqs:SetQueueAttributes",
        "PurgeQueue" => "sqs:PurgeQueue",
        "ListDeadLetterSourceQueues" => "sqs:ListDeadLetterSourceQueues",
        "TagQueue" => "sqs:TagQueue",
        "UntagQueue" => "sqs:UntagQueue",
        "ListQueueTags" => "sqs:ListQueueTags",
        "StartMessageMoveTask" => "sqs:StartMessageMoveTask",
        "ListMessageMoveTasks" => "sqs:ListMessageMoveTasks",
        _ => return None,
    })
}

fn read<T: DeserializeOwned>(request: Value) -> Result<T, AwsError> {
    serde_json::from_value(request).map_err(|error| {
        AwsError::invalid(
            "com.amazonaws.sqs#MissingParameter",
            format!("The request is not valid: {error}"),
        )
    })
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::invalid("com.amazonaws.sqs#InvalidParameterValue", message)
}

/// Returns the milliseconds since 1970.
fn now() -> i64 {
    crate::time::now().as_millisecond()
}

/// Returns the empty response.
fn nothing() -> Value {
    json!({})
}
