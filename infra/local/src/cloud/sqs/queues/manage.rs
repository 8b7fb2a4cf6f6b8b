//! Operations on queues themselves.

use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::checks;
use super::queue::{Attributes, Queue, names, sources};
use crate::cloud::arn;
use crate::cloud::error::AwsError;
use crate::cloud::sqs::{Context, Sqs, nothing, read};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    queue_name: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default, rename = "tags", alias = "Tags")]
    tags: Attributes,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnQueue {
    #[serde(default, alias = "QueueName")]
    queue_url: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    queue_name_prefix: String,
    #[serde(default)]
    tags: Attributes,
    #[serde(default)]
    tag_keys: Vec<String>,
}

impl Sqs {
    pub(in crate::cloud::sqs) async fn manage(
        &self,
        operation: &str,
        context: Context,
        request: Value,
    ) -> Result<Value, AwsError> {
        if operation == "CreateQueue" {
            let request: Create = read(request)?;
            return self.store.run(move |store| create(store, &context, &request)).await?;
        }
        let request: OnQueue = read(request)?;
        let operation = operation.to_owned();
        self.store.run(move |store| manage(store, &operation, &context, &request)).await?
    }
}

/// Creates a queue. Creating the same queue again is not an error, unless its attributes differ.
fn create(store: &Connection, context: &Context, request: &Create) -> Result<Value, AwsError> {
    let wanted =
        Queue::new(&request.queue_name, &request.attributes, request.tags.clone(), context.now)?;
    match Queue::find(store, &wanted.name)? {
        None => {
            checks::attributes(store, &context.region, &wanted, &request.attributes)?;
            wanted.save(store)?;
        }
        Some(queue) => {
            if let Some((name, _)) = request
                .attributes
                .iter()
                .find(|(name, value)| queue.attributes.get(*name) != Some(*value))
            {
                return Err(AwsError::invalid(
                    "com.amazonaws.sqs#QueueNameExists",
                    format!(
                        "A queue already exists with the same name and a different value for \
                         attribute {name}"
                    ),
                ));
            }
        }
    }
    Ok(json!({"QueueUrl": url(context, &wanted.name)}))
}

fn manage(
    store: &Connection,
    operation: &str,
    context: &Context,
    request: &OnQueue,
) -> Result<Value, AwsError> {
    if operation == "ListQueues" {
        let urls: Vec<String> = names(store, &request.queue_name_prefix)?
            .iter()
            .map(|name| url(context, name))
            .collect();
        return Ok(json!({"QueueUrls": urls}));
    }
    let mut queue = Queue::load(store, &request.queue_url)?;
    match operation {
        "GetQueueUrl" => return Ok(json!({"QueueUrl": url(context, &queue.name)})),
        "GetQueueAttributes" => {
            return attributes(store, context, &queue, &request.attribute_names);
        }
        "ListQueueTags" => return Ok(json!({"Tags": queue.tags})),
        "ListDeadLetterSourceQueues" => {
            let urls: Vec<String> =
                sources(store, &queue.name)?.iter().map(|name| url(context, name)).collect();
            return Ok(json!({"queueUrls": urls}));
        }
        "SetQueueAttributes" => {
            queue.set(&request.attributes)?;
            checks::attributes(store, &context.region, &queue, &request.attributes)?;
        }
        "TagQueue" => queue.tags.extend(request.tags.clone()),
        "UntagQueue" => queue.tags.retain(|key, _| !request.tag_keys.contains(key)),
        "PurgeQueue" => {
            store
                .prepare_cached("DELETE FROM messages WHERE queue = ?1")?
                .execute(params![queue.name])?;
            return Ok(nothing());
        }
        _ => {
            // DeleteQueue: its messages are deleted first, so that a crash in between leaves an
            // empty queue and no orphans.
            store
                .prepare_cached("DELETE FROM messages WHERE queue = ?1")?
                .execute(params![queue.name])?;
            store
                .prepare_cached("DELETE FROM deduplications WHERE queue = ?1")?
                .execute(params![queue.name])?;
            store
                .prepare_cached("DELETE FROM queues WHERE name = ?1")?
                .execute(params![queue.name])?;
            return Ok(nothing());
        }
    }
    queue.save(store)?;
    Ok(nothing())
}

fn attributes(
    store: &Connection,
    context: &Context,
    queue: &Queue,
    wanted: &[String],
) -> Result<Value, AwsError> {
    let (visible, in_flight, delayed): (i64, i64, i64) = store
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE visible_at <= ?2),
                    count(*) FILTER (WHERE visible_at > ?2 AND received > 0),
                    count(*) FILTER (WHERE visible_at > ?2 AND received = 0)
             FROM messages WHERE queue = ?1",
        )?
        .query_row(params![queue.name, context.now], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let mut all = queue.attributes.clone();
    let created = (queue.created_at / 1_000).to_string();
    for (name, value) in [
        ("QueueArn", arn::queue(&context.region, &queue.name)),
        ("ApproximateNumberOfMessages", visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
        ("CreatedTimestamp", created.clone()),
        ("LastModifiedTimestamp", created),
    ] {
        all.insert(name.to_owned(), value);
    }
    let everything = wanted.iter().any(|name| name == "All");
    let chosen: Map<String, Value> = all
        .into_iter()
        .filter(|(name, _)| everything || wanted.contains(name))
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    Ok(json!({"Attributes": chosen}))
}

fn url(context: &Context, queue: &str) -> String {
    format!("{}/{}/{queue}", context.base_url, arn::ACCOUNT)
}
