//! Queues, their messages, and the redrive of dead letters.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::requests::pretty;
use crate::aws::Service;
use crate::cloud::Peeked;
use crate::console::answer::{Answer, Trouble, see};
use crate::console::parameters::{Parameters, link};
use crate::console::site::{Site, span, time};

const HERE: &str = "/_local/queues";
/// How many messages of a queue are shown.
const SHOWN: u32 = 50;

/// A queue and its number of messages.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: String,
    arn: String,
    pub(super) waiting: u64,
    pub(super) in_flight: u64,
    pub(super) delayed: u64,
    /// The queue for its dead letters, and the maximum number of receptions.
    redrive: Option<(String, u64)>,
    /// The queues whose dead letters are sent here.
    sources: Vec<String>,
}

impl Queue {
    /// Returns whether it contains dead letters that an operator must handle.
    pub(super) fn holds_failures(&self) -> bool {
        !self.sources.is_empty() || self.name.contains("dead-letters")
    }
}

/// Returns every queue of the endpoint.
pub(super) async fn all(site: &Site) -> anyhow::Result<Vec<Queue>> {
    let aws = &site.setup.aws;
    let listed = aws.call(Service::Sqs, "ListQueues", &json!({})).await?;
    let mut queues = Vec::new();
    for url in listed["QueueUrls"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let input = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
        let output = aws.call(Service::Sqs, "GetQueueAttributes", &input).await?;
        queues.push(read(url, &output["Attributes"]));
    }
    let targets: Vec<(String, String)> = queues
        .iter()
        .filter_map(|queue| Some((queue.redrive.as_ref()?.0.clone(), queue.name.clone())))
        .collect();
    for queue in &mut queues {
        queue.sources = targets
            .iter()
            .filter(|(target, _)| *target == queue.name)
            .map(|(_, source)| source.clone())
            .collect();
    }
    Ok(queues)
}

fn read(url: &str, attributes: &Value) -> Queue {
    let text = |name: &str| attributes[name].as_str().unwrap_or_default();
    let count = |name: &str| text(name).parse().unwrap_or_default();
    let policy: Value = serde_json::from_str(text("RedrivePolicy")).unwrap_or_default();
    let tries = &policy["maxReceiveCount"];
    let tries = tries.as_u64().or_else(|| tries.as_str()?.parse().ok()).unwrap_or_default();
    Queue {
        name: last(url, '/'),
        arn: text("QueueArn").to_owned(),
        waiting: count("ApproximateNumberOfMessages"),
        in_flight: count("ApproximateNumberOfMessagesNotVisible"),
        delayed: count("ApproximateNumberOfMessagesDelayed"),
        redrive: policy["deadLetterTargetArn"].as_str().map(|arn| (last(arn, ':'), tries)),
        sources: Vec::new(),
    }
}

fn last(text: &str, separator: char) -> String {
    text.rsplit(separator).next().unwrap_or(text).to_owned()
}

/// `/_local/queues`.
pub(in crate::console) async fn list(site: &Site) -> Answer {
    let oldest = match &site.setup.cloud {
        Some(cloud) => cloud.oldest_messages().await?,
        None => BTreeMap::new(),
    };
    let rows: Vec<Value> =
        all(site).await?.iter().map(|queue| row(queue, oldest.get(&queue.name))).collect();
    site.page("queues.html", "Queues", HERE, json!({ "queues": rows }))
}

/// `/_local/queues/{name}?moved=`: one queue and its oldest messages.
pub(in crate::console) async fn show(site: &Site, name: &str, query: &Parameters) -> Answer {
    let queue = find(site, name).await?;
    let messages = match &site.setup.cloud {
        Some(cloud) => Some(cloud.peek(name, SHOWN).await?),
        None => None,
    };
    let oldest =
        messages.as_ref().and_then(|messages| messages.iter().map(|message| message.sent_at).min());
    let moved: Option<u64> = query.get("moved").and_then(|moved| moved.parse().ok());
    let content = json!({
        "queue": row(&queue, oldest.as_ref()),
        "sources": queue.sources,
        "readable": messages.is_some(),
        "messages": messages.unwrap_or_default().iter().map(message).collect::<Vec<_>>(),
        "most": SHOWN,
        "moved": moved.map(|moved| moved.to_string()).unwrap_or_default(),
    });
    site.page("queue.html", name, HERE, content)
}

/// `POST /_local/queues/{name}/redrive`: moves dead letters back to their source queues, as
/// `StartMessageMoveTask` does.
pub(in crate::console) async fn redrive(site: &Site, name: &str) -> Answer {
    let queue = find(site, name).await?;
    if queue.sources.is_empty() {
        return Err(Trouble::Refused(format!(
            "{name} is not the dead-letter queue of any queue, so its messages can't be moved \
             back."
        )));
    }
    let aws = &site.setup.aws;
    let input = json!({ "SourceArn": queue.arn });
    aws.call(Service::Sqs, "StartMessageMoveTask", &input).await?;
    let tasks = aws.call(Service::Sqs, "ListMessageMoveTasks", &input).await?;
    let moved =
        tasks["Results"][0]["ApproximateNumberOfMessagesMoved"].as_u64().unwrap_or_default();
    Ok(see(&link(&["queues", name], &[("moved", &moved.to_string())])))
}

async fn find(site: &Site, name: &str) -> Result<Queue, Trouble> {
    all(site).await?.into_iter().find(|queue| queue.name == name).ok_or(Trouble::Missing)
}

fn row(queue: &Queue, oldest: Option<&Timestamp>) -> Value {
    let age = oldest.map(|oldest| span(crate::time::now().as_second() - oldest.as_second()));
    let (target, tries) = queue.redrive.clone().unwrap_or_default();
    json!({
        "name": queue.name,
        "href": link(&["queues", &queue.name], &[]),
        "waiting": queue.waiting,
        "inFlight": queue.in_flight,
        "delayed": queue.delayed,
        "oldest": age.unwrap_or_default(),
        "deadLetters": target,
        "deadLettersHref": link(&["queues", &target], &[]),
        "tries": tries,
        "bad": queue.holds_failures() && queue.waiting > 0,
        "redrivable": !queue.sources.is_empty() && queue.waiting > 0,
    })
}

fn message(message: &Peeked) -> Value {
    let hidden = message.visible_at > crate::time::now();
    json!({
        "id": message.message_id,
        "sent": time(message.sent_at),
        "received": message.received,
        "cameFrom": message.came_from.as_deref().map(|arn| last(arn, ':')).unwrap_or_default(),
        "hiddenUntil": if hidden { time(message.visible_at) } else { String::new() },
        "body": pretty(&message.body),
    })
}
