//! A queue and its attributes.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::cloud::arn;
use crate::cloud::error::AwsError;
use crate::cloud::sqs::invalid;

/// The maximum size of a message, and of the messages of a batch together, in bytes.
pub(in crate::cloud::sqs) const LARGEST: usize = 1_048_576;

/// The default attributes, in seconds and bytes; all can be changed but `FifoQueue`.
const DEFAULTS: [(&str, &str); 5] = [
    ("VisibilityTimeout", "30"),
    ("MaximumMessageSize", "1048576"),
    ("MessageRetentionPeriod", "345600"),
    ("DelaySeconds", "0"),
    ("ReceiveMessageWaitTimeSeconds", "0"),
];

/// Numeric attributes: name, minimum, maximum.
const RANGES: [(&str, i64, i64); 5] = [
    ("VisibilityTimeout", 0, 43_200),
    ("MaximumMessageSize", 1_024, 1_048_576),
    ("MessageRetentionPeriod", 60, 1_209_600),
    ("DelaySeconds", 0, 900),
    ("ReceiveMessageWaitTimeSeconds", 0, 20),
];

/// Other attributes that can be set. Policies and encryption are stored and returned, but have no
/// effect here.
const OTHERS: [&str; 11] = [
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "Policy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "ApproximateNumberOfMessages",
];

pub(in crate::cloud::sqs) type Attributes = BTreeMap<String, String>;

/// A queue.
#[derive(Clone, Debug)]
pub(in crate::cloud::sqs) struct Queue {
    pub(in crate::cloud::sqs) name: String,
    pub(in crate::cloud::sqs) attributes: Attributes,
    pub(super) tags: Attributes,
    pub(super) created_at: i64,
}

/// The destination of messages that are received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cloud::sqs) struct Redrive {
    pub(in crate::cloud::sqs) queue: String,
    pub(in crate::cloud::sqs) max_receive_count: i64,
}

impl Queue {
    /// Loads the queue with a name, an ARN or a URL.
    pub(in crate::cloud::sqs) fn load(store: &Connection, id: &str) -> Result<Self, AwsError> {
        Self::find(store, arn::queue_name(id))?.ok_or_else(|| {
            AwsError::invalid(
                "com.amazonaws.sqs#QueueDoesNotExist",
                "The specified queue does not exist.",
            )
        })
    }

    pub(in crate::cloud::sqs) fn find(
        store: &Connection,
        name: &str,
    ) -> Result<Option<Self>, AwsError> {
        let row: Option<(String, String, i64)> = store
            .prepare_cached("SELECT attributes, tags, created_at FROM queues WHERE name = ?1")?
            .query_row(params![name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        row.map(|(attributes, tags, created_at)| {
            Ok(Self {
                name: name.to_owned(),
                attributes: serde_json::from_str(&attributes)?,
                tags: serde_json::from_str(&tags)?,
                created_at,
            })
        })
        .transpose()
    }

    /// Creates a queue without storing it.
    pub(in crate::cloud::sqs) fn new(
        name: &str,
        attributes: &Attributes,
        tags: Attributes,
        now: i64,
    ) -> Result<Self, AwsError> {
        let fifo = attributes.get("FifoQueue").is_some_and(|value| value == "true");
        let stem = name.strip_suffix(".fifo").filter(|_| fifo).unwrap_or(name);
        let letters =
            stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if stem.is_empty() || name.len() > 80 || !letters || fifo != name.ends_with(".fifo") {
            return Err(invalid(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in \
                 length; a FIFO queue ends in .fifo",
            ));
        }
        let mut queue =
            Self { name: name.to_owned(), attributes: Attributes::new(), tags, created_at: now };
        for (attribute, value) in DEFAULTS {
            queue.attributes.insert(attribute.to_owned(), value.to_owned());
        }
        if fifo {
            queue.attributes.insert("ContentBasedDeduplication".to_owned(), "false".to_owned());
        }
        queue.set(attributes)?;
        Ok(queue)
    }

    /// Changes attributes. An empty value removes a policy.
    pub(super) fn set(&mut self, attributes: &Attributes) -> Result<(), AwsError> {
        for (name, value) in attributes {
            let range = RANGES.iter().find(|(known, ..)| known == name);
            if let Some((_, least, most)) = range {
                if !value.parse().is_ok_and(|number: i64| (*least..=*most).contains(&number)) {
                    return Err(invalid(format!("Invalid value for the parameter {name}.")));
                }
            } else if !OTHERS.contains(&name.as_str()) {
                return Err(AwsError::invalid(
                    "com.amazonaws.sqs#InvalidAttributeName",
                    format!("Unknown Attribute {name}."),
                ));
            }
            if name == "RedrivePolicy" && !value.is_empty() && redrive(value).is_none() {
                return Err(invalid("Invalid value for the parameter RedrivePolicy."));
            }
            if value.is_empty() {
                self.attributes.remove(name);
            } else {
                self.attributes.insert(name.clone(), value.clone());
            }
        }
        Ok(())
    }

    pub(super) fn save(&self, store: &Connection) -> Result<(), AwsError> {
        store
            .prepare_cached(
                "INSERT INTO queues VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET attributes = ?2, tags = ?3",
            )?
            .execute(params![
                self.name,
                serde_json::to_string(&self.attributes)?,
                serde_json::to_string(&self.tags)?,
                self.created_at
            ])?;
        Ok(())
    }

    /// Returns a numeric attribute.
    pub(in crate::cloud::sqs) fn number(&self, name: &str) -> i64 {
        self.attributes.get(name).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    pub(in crate::cloud::sqs) fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }

    pub(in crate::cloud::sqs) fn is(&self, name: &str, value: &str) -> bool {
        self.attributes.get(name).is_some_and(|actual| actual == value)
    }

    pub(in crate::cloud::sqs) fn redrive(&self) -> Option<Redrive> {
        self.attributes.get("RedrivePolicy").and_then(|policy| redrive(policy))
    }
}

/// Parses `{"deadLetterTargetArn": "…", "maxReceiveCount": 5}`; the number may be a string.
fn redrive(policy: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let count = &policy["maxReceiveCount"];
    let max_receive_count = count
        .as_i64()
        .or_else(|| count.as_str()?.parse().ok())
        .filter(|count| (1..=1_000).contains(count))?;
    let queue = arn::queue_name(policy["deadLetterTargetArn"].as_str()?).to_owned();
    Some(Redrive { queue, max_receive_count })
}

/// Returns the names of all queues whose dead letters are sent to `queue`.
pub(super) fn sources(store: &Connection, queue: &str) -> Result<Vec<String>, AwsError> {
    let mut sources = Vec::new();
    for name in names(store, "")? {
        if let Some(source) = Queue::find(store, &name)?
            && source.redrive().is_some_and(|redrive| redrive.queue == queue)
        {
            sources.push(name);
        }
    }
    Ok(sources)
}

/// Returns the names of all queues that begin with `prefix`.
pub(in crate::cloud::sqs) fn names(
    store: &Connection,
    prefix: &str,
) -> Result<Vec<String>, AwsError> {
    let names = store
        .prepare_cached(
            "SELECT name FROM queues WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
        )?
        .query_map(params![prefix], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(names)
}

/// Deletes expired messages and deduplication IDs.
pub(in crate::cloud::sqs) fn sweep(store: &Connection, now: i64) -> Result<(), AwsError> {
    for name in names(store, "")? {
        let Some(queue) = Queue::find(store, &name)? else {
            continue;
        };
        let oldest = now - 1_000 * queue.number("MessageRetentionPeriod");
        store
            .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND sent_at < ?2")?
            .execute(params![name, oldest])?;
    }
    store.prepare_cached("DELETE FROM deduplications WHERE until < ?1")?.execute(params![now])?;
    Ok(())
}
