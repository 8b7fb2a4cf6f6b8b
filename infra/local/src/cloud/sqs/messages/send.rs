//! `SendMessage` and `SendMessageBatch`.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::batch::{Batch, outcomes};
use crate::cloud::error::AwsError;
use crate::cloud::sqs::digest::{self, MessageAttributes};
use crate::cloud::sqs::queues::checks;
use crate::cloud::sqs::queues::queue::{LARGEST, Queue};
use crate::cloud::sqs::{Context, Sqs, invalid};

/// How long a deduplication ID is stored.
const DEDUPLICATION_MS: i64 = 5 * 60 * 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::sqs) struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    message: Message,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::sqs) struct Message {
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: MessageAttributes,
    #[serde(default)]
    message_system_attributes: MessageAttributes,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

impl Sqs {
    pub(in crate::cloud::sqs) async fn send(
        &self,
        context: Context,
        request: SendMessage,
    ) -> Result<Value, AwsError> {
        let wakes = self.wakes.clone();
        let job = move |store: &mut Connection| {
            let transaction = store.transaction()?;
            let queue = Queue::load(&transaction, &request.queue_url)?;
            let answer = put(&transaction, &queue, &context, &request.message)?;
            transaction.commit()?;
            wakes.ring(&queue.name);
            Ok(answer)
        };
        self.store.run(job).await?
    }

    pub(in crate::cloud::sqs) async fn send_batch(
        &self,
        context: Context,
        batch: Batch<Message>,
    ) -> Result<Value, AwsError> {
        batch.check()?;
        let bytes: usize = batch.entries.iter().map(|entry| entry.request.bytes()).sum();
        if bytes > LARGEST {
            return Err(AwsError::invalid(
                "com.amazonaws.sqs#BatchRequestTooLong",
                format!(
                    "Batch requests cannot be longer than {LARGEST} bytes. You have sent {bytes} \
                     bytes."
                ),
            ));
        }
        let wakes = self.wakes.clone();
        let job = move |store: &mut Connection| {
            let transaction = store.transaction()?;
            let queue = Queue::load(&transaction, &batch.queue_url)?;
            let results = batch
                .entries
                .into_iter()
                .map(|entry| (entry.id, put(&transaction, &queue, &context, &entry.request)))
                .collect();
            let answer = outcomes(results)?;
            transaction.commit()?;
            wakes.ring(&queue.name);
            Ok(answer)
        };
        self.store.run(job).await?
    }
}

impl Message {
    fn bytes(&self) -> usize {
        let attributes: usize = self
            .message_attributes
            .iter()
            .map(|(name, attribute)| {
                let value = attribute.string_value.as_ref().or(attribute.binary_value.as_ref());
                name.len() + attribute.data_type.len() + value.map_or(0, String::len)
            })
            .sum();
        self.message_body.len() + attributes
    }
}

/// Sends one message to a queue.
fn put(
    store: &Connection,
    queue: &Queue,
    context: &Context,
    message: &Message,
) -> Result<Value, AwsError> {
    let now = context.now;
    if message.message_body.is_empty() {
        return Err(AwsError::invalid(
            "com.amazonaws.sqs#MissingParameter",
            "The request must contain the parameter MessageBody.",
        ));
    }
    if !checks::is_body(&message.message_body) {
        return Err(AwsError::invalid(
            "com.amazonaws.sqs#InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to \
             #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        ));
    }
    checks::message_attributes(&message.message_attributes)?;
    let most = queue.number("MaximumMessageSize");
    if i64::try_from(message.bytes()).is_ok_and(|bytes| bytes > most) {
        return Err(invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        )));
    }
    let delay = match message.delay_seconds {
        Some(0..=900) if !queue.is_fifo() => message.delay_seconds.unwrap_or_default(),
        None | Some(0) => queue.number("DelaySeconds"),
        Some(delay) => {
            return Err(invalid(format!("Value {delay} for parameter DelaySeconds is invalid.")));
        }
    };
    let deduplication = deduplication(queue, message)?;
    let message_id = Uuid::now_v7().to_string();
    let attributes = (!message.message_attributes.is_empty())
        .then(|| serde_json::to_string(&message.message_attributes))
        .transpose()?;
    let trace = message
        .message_system_attributes
        .get("AWSTraceHeader")
        .and_then(|trace| trace.string_value.as_deref());
    if let Some((scope, token)) = &deduplication
        && let Some((id, number)) = sent_before(store, queue, scope, token, now)?
    {
        return Ok(answer(message, &id, Some(number)));
    }
    store
        .prepare_cached(
            "INSERT INTO messages (queue, message_id, body, attributes, trace, sender, sent_at, visible_at,
                                   message_group, deduplication)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            queue.name,
            message_id,
            message.message_body,
            attributes,
            trace,
            context.sender,
            now,
            now + 1_000 * delay,
            message.message_group_id,
            deduplication.as_ref().map(|(_, token)| token)
        ])?;
    let number = store.last_insert_rowid();
    if let Some((scope, token)) = &deduplication {
        store
            .prepare_cached(
                "INSERT OR REPLACE INTO deduplications VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                queue.name,
                scope,
                token,
                message_id,
                number,
                now + DEDUPLICATION_MS
            ])?;
    }
    Ok(answer(message, &message_id, queue.is_fifo().then_some(number)))
}

/// Returns the scope and the token of a FIFO message; `None` for a standard queue.
fn deduplication(queue: &Queue, message: &Message) -> Result<Option<(String, String)>, AwsError> {
    if !queue.is_fifo() {
        if message.message_deduplication_id.is_some() {
            return Err(invalid(
                "The request includes a parameter that is not valid for this queue type.",
            ));
        }
        return Ok(None);
    }
    let Some(group) = &message.message_group_id else {
        return Err(AwsError::invalid(
            "com.amazonaws.sqs#MissingParameter",
            "The request must contain the parameter MessageGroupId.",
        ));
    };
    let token = match &message.message_deduplication_id {
        Some(token) => token.clone(),
        None if queue.is("ContentBasedDeduplication", "true") => {
            hex::encode(Sha256::digest(&message.message_body))
        }
        None => {
            return Err(invalid(
                "The queue should either have ContentBasedDeduplication enabled or \
                 MessageDeduplicationId provided explicitly",
            ));
        }
    };
    let scope =
        if queue.is("DeduplicationScope", "messageGroup") { group.clone() } else { String::new() };
    Ok(Some((scope, token)))
}

/// Returns ID and sequence number of the message that was sent under the same token.
fn sent_before(
    store: &Connection,
    queue: &Queue,
    scope: &str,
    token: &str,
    now: i64,
) -> Result<Option<(String, i64)>, AwsError> {
    Ok(store
        .prepare_cached(
            "SELECT message_id, number FROM deduplications
             WHERE queue = ?1 AND scope = ?2 AND token = ?3 AND until > ?4",
        )?
        .query_row(params![queue.name, scope, token, now], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

fn answer(message: &Message, id: &str, number: Option<i64>) -> Value {
    let mut answer =
        json!({"MessageId": id, "MD5OfMessageBody": digest::of_body(&message.message_body)});
    if !message.message_attributes.is_empty() {
        answer["MD5OfMessageAttributes"] =
            json!(digest::of_attributes(&message.message_attributes));
    }
    if !message.message_system_attributes.is_empty() {
        answer["MD5OfMessageSystemAttributes"] =
            json!(digest::of_attributes(&message.message_system_attributes));
    }
    if let Some(number) = number {
        answer["SequenceNumber"] = json!(format!("{number:020}"));
    }
    answer
}
