//! Operations on received messages: `DeleteMessage`, `ChangeMessageVisibility`, and their batches.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::batch::{Batch, outcomes};
use crate::cloud::error::AwsError;
use crate::cloud::sqs::queues::queue::Queue;
use crate::cloud::sqs::{Context, Sqs, invalid, nothing};

/// An operation on a received message.
pub(in crate::cloud::sqs) trait Settle:
    DeserializeOwned + Send + 'static
{
    fn settle(&self, store: &Connection, queue: &Queue, now: i64) -> Result<(), AwsError>;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::sqs) struct Delete {
    receipt_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::sqs) struct ChangeVisibility {
    receipt_handle: String,
    visibility_timeout: i64,
}

/// A request about one message.
#[derive(Debug, Deserialize)]
pub(in crate::cloud::sqs) struct One<T> {
    #[serde(rename = "QueueUrl")]
    queue_url: String,
    #[serde(flatten)]
    request: T,
}

impl Sqs {
    pub(in crate::cloud::sqs) async fn settle<T: Settle>(
        &self,
        context: Context,
        one: One<T>,
    ) -> Result<Value, AwsError> {
        let wakes = self.wakes.clone();
        let job = move |store: &mut Connection| {
            let queue = Queue::load(store, &one.queue_url)?;
            one.request.settle(store, &queue, context.now)?;
            // The rest of a FIFO group, or the message itself, may be received now.
            wakes.ring(&queue.name);
            Ok(nothing())
        };
        self.store.run(job).await?
    }

    pub(in crate::cloud::sqs) async fn settle_batch<T: Settle>(
        &self,
        context: Context,
        batch: Batch<T>,
    ) -> Result<Value, AwsError> {
        batch.check()?;
        let wakes = self.wakes.clone();
        let job = move |store: &mut Connection| {
            let transaction = store.transaction()?;
            let queue = Queue::load(&transaction, &batch.queue_url)?;
            let results = batch
                .entries
                .into_iter()
                .map(|entry| {
                    (
                        entry.id,
                        entry.request.settle(&transaction, &queue, context.now).map(|()| nothing()),
                    )
                })
                .collect();
            let answer = outcomes(results)?;
            transaction.commit()?;
            wakes.ring(&queue.name);
            Ok(answer)
        };
        self.store.run(job).await?
    }
}

impl Settle for Delete {
    /// Deletes the message. An expired receipt deletes nothing, and a second deletion is not an
    /// error.
    fn settle(&self, store: &Connection, queue: &Queue, now: i64) -> Result<(), AwsError> {
        let (id, receipt) = read_handle(&self.receipt_handle)?;
        if queue.is_fifo() && has_expired(store, queue, id, receipt, now)? {
            return Err(invalid(
                "Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has \
                 expired.",
            ));
        }
        store
            .prepare_cached("DELETE FROM messages WHERE id = ?1 AND queue = ?2 AND receipt = ?3")?
            .execute(params![id, queue.name, receipt])?;
        Ok(())
    }
}

impl Settle for ChangeVisibility {
    fn settle(&self, store: &Connection, queue: &Queue, now: i64) -> Result<(), AwsError> {
        let (id, receipt) = read_handle(&self.receipt_handle)?;
        if !(0..=43_200).contains(&self.visibility_timeout) {
            return Err(invalid(
                "Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and \
                 43200.",
            ));
        }
        let changed = store
            .prepare_cached(
                "UPDATE messages SET visible_at = ?4 WHERE id = ?1 AND queue = ?2 AND receipt = \
                 ?3 AND visible_at > ?5",
            )?
            .execute(params![
                id,
                queue.name,
                receipt,
                now + 1_000 * self.visibility_timeout,
                now
            ])?;
        if changed == 0 {
            return Err(AwsError::invalid(
                "com.amazonaws.sqs#MessageNotInflight",
                "Message does not exist or is not available for visibility timeout change.",
            ));
        }
        Ok(())
    }
}

/// Returns whether a message exists but its receipt has expired.
fn has_expired(
    store: &Connection,
    queue: &Queue,
    id: i64,
    receipt: i64,
    now: i64,
) -> Result<bool, AwsError> {
    Ok(store
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND queue = ?2
                            AND (receipt IS NOT ?3 OR visible_at <= ?4))",
        )?
        .query_row(params![id, queue.name, receipt, now], |row| row.get(0))?)
}

/// Returns the message's number and the number of its reception.
fn read_handle(handle: &str) -> Result<(i64, i64), AwsError> {
    URL_SAFE_NO_PAD
        .decode(handle)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let (id, receipt) = text.split_once(':')?;
            Some((id.parse().ok()?, receipt.parse().ok()?))
        })
        .ok_or_else(|| {
            AwsError::invalid(
                "com.amazonaws.sqs#ReceiptHandleIsInvalid",
                format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
            )
        })
}
