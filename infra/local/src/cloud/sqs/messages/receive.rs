//! `ReceiveMessage`: long polling, visibility, and dead-lettering of messages that were received
//! too often.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, Row, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::cloud::arn;
use crate::cloud::error::AwsError;
use crate::cloud::sqs::digest::{self, MessageAttributes};
use crate::cloud::sqs::queues::queue::Queue;
use crate::cloud::sqs::{Context, Sqs, invalid, now};

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::sqs) struct Receive {
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<u64>,
    /// The former name of `message_system_attribute_names`.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

/// The result of one query of a queue.
struct Look {
    messages: Vec<Received>,
    /// The dead-letter queue that messages were moved to.
    buried_in: Option<String>,
    /// When the next message becomes visible without being sent.
    next_at: Option<i64>,
    /// How long to wait if the request doesn't specify it, in seconds.
    default_wait: u64,
}

/// A received message.
pub(in crate::cloud::sqs) struct Received {
    id: i64,
    message_id: String,
    body: String,
    attributes: Option<String>,
    trace: Option<String>,
    sender: String,
    sent_at: i64,
    received: i64,
    first_received_at: i64,
    receipt: i64,
    group: Option<String>,
    deduplication: Option<String>,
    came_from: Option<String>,
}

impl Sqs {
    pub(in crate::cloud::sqs) async fn receive(
        &self,
        context: Context,
        request: Receive,
    ) -> Result<Value, AwsError> {
        if !(1..=10).contains(&request.max_number_of_messages.unwrap_or(1)) {
            return Err(invalid(
                "Value for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 \
                 and 10.",
            ));
        }
        if !(0..=20).contains(&request.wait_time_seconds.unwrap_or(0)) {
            return Err(invalid(
                "Value for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20.",
            ));
        }
        let bell = self.wakes.bell(arn::queue_name(&request.queue_url));
        let started = Instant::now();
        let mut closing = self.closing.clone();
        loop {
            // Registered before the query, so that no message sent in between is missed.
            let mut rung = std::pin::pin!(bell.notified());
            rung.as_mut().enable();
            let (look_request, region, here) =
                (request.clone(), context.region.clone(), context.here);
            let look =
                self.store.run(move |store| look(store, &region, here, &look_request)).await??;
            if let Some(queue) = &look.buried_in {
                self.wakes.ring(queue);
            }
            let wait = Duration::from_secs(request.wait_time_seconds.unwrap_or(look.default_wait));
            let deadline = started + wait;
            if !look.messages.is_empty() || Instant::now() >= deadline || *closing.borrow() {
                return Ok(answer(&look.messages, &request));
            }
            let visible_again = look.next_at.map_or(deadline, |at| {
                Instant::now() + Duration::from_millis(u64::try_from(at - now()).unwrap_or(0) + 1)
            });
            let something = async {
                tokio::select! {
                    () = rung => {}
                    () = sleep_until(visible_again) => {}
                    // The sender is dropped with the cloud; then there is nothing to wait for,
                    // either.
                    _ = closing.wait_for(|closing| *closing) => {}
                }
            };
            // The queue is checked one last time after the deadline.
            let _elapsed = timeout_at(deadline, something).await;
        }
    }
}

/// Receives the visible messages, or returns when to query again.
fn look(
    store: &mut Connection,
    region: &str,
    here: bool,
    request: &Receive,
) -> Result<Look, AwsError> {
    let transaction = store.transaction()?;
    let queue = Queue::load(&transaction, &request.queue_url)?;
    let now = now();
    let visibility =
        request.visibility_timeout.unwrap_or_else(|| queue.number("VisibilityTimeout"));
    if !(0..=43_200).contains(&visibility) {
        return Err(invalid(
            "Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and \
             43200.",
        ));
    }
    let redrive = queue.redrive().filter(|redrive| {
        let exists = matches!(Queue::find(&transaction, &redrive.queue), Ok(Some(_)));
        if !exists {
            tracing::warn!(
                queue = queue.name,
                dead_letters = redrive.queue,
                "the dead-letter queue does not exist"
            );
        }
        exists
    });
    let (mut messages, mut buried_in) = (Vec::new(), None);
    let wanted = request.max_number_of_messages.unwrap_or(1);
    loop {
        let missing = wanted - i64::try_from(messages.len()).unwrap_or(wanted);
        let found = if missing > 0 {
            visible(&transaction, &queue, now, missing, &messages)?
        } else {
            Vec::new()
        };
        if found.is_empty() {
            break;
        }
        for mut message in found {
            match &redrive {
                Some(redrive) if message.received >= redrive.max_receive_count => {
                    dead_letter(
                        &transaction,
                        message.id,
                        &redrive.queue,
                        &arn::queue(region, &queue.name),
                        now,
                    )?;
                    buried_in = Some(redrive.queue.clone());
                }
                _ => {
                    take(&transaction, &mut message, now, visibility, here)?;
                    messages.push(message);
                }
            }
        }
    }
    let next_at = transaction
        .prepare_cached(
            "SELECT min(visible_at) FROM messages WHERE queue = ?1 AND visible_at > ?2",
        )?
        .query_row(params![queue.name, now], |row| row.get(0))?;
    transaction.commit()?;
    let default_wait = u64::try_from(queue.number("ReceiveMessageWaitTimeSeconds")).unwrap_or(0);
    Ok(Look { messages, buried_in, next_at, default_wait })
}

/// Returns the next visible messages. In a FIFO queue the oldest first, and none of a group with a
/// message that another receiver has.
fn visible(
    store: &Connection,
    queue: &Queue,
    now: i64,
    limit: i64,
    taken: &[Received],
) -> Result<Vec<Received>, AwsError> {
    const COLUMNS: &str =
        "id, message_id, body, attributes, trace, sender, sent_at, received, first_received_at,
                           message_group, deduplication, came_from";
    let sql = if queue.is_fifo() {
        format!(
            "SELECT {COLUMNS} FROM messages AS m
             WHERE queue = ?1 AND visible_at <= ?2 AND NOT EXISTS (
                 SELECT 1 FROM messages AS held
                 WHERE held.queue = m.queue AND held.message_group = m.message_group AND held.visible_at > ?2
                   AND (held.received > 0 OR held.id < m.id))
             ORDER BY id LIMIT ?3"
        )
    } else {
        format!(
            "SELECT {COLUMNS} FROM messages WHERE queue = ?1 AND visible_at <= ?2 ORDER BY \
             visible_at, id LIMIT ?3"
        )
    };
    // With a visibility timeout of zero, received messages stay visible: one request must not
    // receive them twice.
    let skip = i64::try_from(taken.len()).unwrap_or_default();
    let mut statement = store.prepare_cached(&sql)?;
    let rows = statement.query_map(params![queue.name, now, limit + skip], read_row)?;
    let mut found: Vec<Received> = rows.collect::<Result<_, _>>()?;
    found.retain(|message| taken.iter().all(|earlier| earlier.id != message.id));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Received> {
    Ok(Received {
        id: row.get(0)?,
        message_id: row.get(1)?,
        body: row.get(2)?,
        attributes: row.get(3)?,
        trace: row.get(4)?,
        sender: row.get(5)?,
        sent_at: row.get(6)?,
        received: row.get(7)?,
        first_received_at: row.get::<_, Option<i64>>(8)?.unwrap_or_default(),
        receipt: 0,
        group: row.get(9)?,
        deduplication: row.get(10)?,
        came_from: row.get(11)?,
    })
}

/// Hides a message for the visibility timeout, under a new receipt.
fn take(
    store: &Connection,
    message: &mut Received,
    now: i64,
    visibility: i64,
    here: bool,
) -> Result<(), AwsError> {
    if message.received == 0 {
        message.first_received_at = now;
    }
    message.received += 1;
    message.receipt = fastrand::i64(1..);
    store
        .prepare_cached(
            "UPDATE messages SET received = ?2, first_received_at = ?3, receipt = ?4, visible_at \
             = ?5, taken_here = ?6 WHERE id = ?1",
        )?
        .execute(params![
            message.id,
            message.received,
            message.first_received_at,
            message.receipt,
            now + 1_000 * visibility,
            here
        ])?;
    Ok(())
}

/// Moves a message to the dead-letter queue, where its receive count starts again.
fn dead_letter(
    store: &Connection,
    id: i64,
    dead_letters: &str,
    came_from: &str,
    now: i64,
) -> Result<(), AwsError> {
    store
        .prepare_cached(
            "UPDATE messages SET queue = ?2, visible_at = ?3, received = 0, receipt = NULL, \
             came_from = ?4 WHERE id = ?1",
        )?
        .execute(params![id, dead_letters, now, came_from])?;
    Ok(())
}

fn answer(messages: &[Received], request: &Receive) -> Value {
    if messages.is_empty() {
        return json!({});
    }
    json!({"Messages": messages.iter().map(|message| message.write(request)).collect::<Vec<_>>()})
}

impl Received {
    fn write(&self, request: &Receive) -> Value {
        let mut written = json!({
            "MessageId": self.message_id,
            "ReceiptHandle": URL_SAFE_NO_PAD.encode(format!("{}:{}", self.id, self.receipt)),
            "MD5OfBody": digest::of_body(&self.body),
            "Body": self.body,
        });
        let system = self.system_attributes(
            &[&request.attribute_names[..], &request.message_system_attribute_names].concat(),
        );
        if !system.is_empty() {
            written["Attributes"] = Value::Object(system);
        }
        let attributes: MessageAttributes = self
            .attributes
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let chosen: MessageAttributes = attributes
            .into_iter()
            .filter(|(name, _)| is_wanted(name, &request.message_attribute_names))
            .collect();
        if !chosen.is_empty() {
            written["MD5OfMessageAttributes"] = json!(digest::of_attributes(&chosen));
            written["MessageAttributes"] = json!(chosen);
        }
        written
    }

    fn system_attributes(&self, wanted: &[String]) -> Map<String, Value> {
        let number = self.group.is_some().then(|| format!("{:020}", self.id));
        [
            ("SenderId", Some(self.sender.clone())),
            ("SentTimestamp", Some(self.sent_at.to_string())),
            ("ApproximateReceiveCount", Some(self.received.to_string())),
            ("ApproximateFirstReceiveTimestamp", Some(self.first_received_at.to_string())),
            ("MessageGroupId", self.group.clone()),
            ("MessageDeduplicationId", self.deduplication.clone()),
            ("SequenceNumber", number),
            ("AWSTraceHeader", self.trace.clone()),
            ("DeadLetterQueueSourceArn", self.came_from.clone()),
        ]
        .into_iter()
        .filter(|(name, _)| wanted.iter().any(|wanted| wanted == "All" || wanted == name))
        .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
        .collect()
    }
}

/// Returns whether an attribute is requested, by name, by `prefix.*` or by `All`.
fn is_wanted(name: &str, wanted: &[String]) -> bool {
    wanted.iter().any(|wanted| {
        wanted == "All"
            || wanted == name
            || wanted.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
    })
}
