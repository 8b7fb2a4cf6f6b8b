//! Domain events: what happened, by whom, when, within which request.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chain::Link;
use crate::id::{ApiKeyId, EventId, UserId};

/// Who caused a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Actor {
    /// A signed-in user.
    User {
        /// Whose account.
        id: UserId,
    },
    /// A program with an API key.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// Whose account.
        #[serde(rename = "userId")]
        user: UserId,
    },
    /// Somebody not signed in, on a public route.
    Anonymous,
    /// The system itself: a schedule, or an operator's command.
    System,
}

/// The circumstances of a command, recorded in each event that comes of it.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who gave the command.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// The request's id, as in the log and the response.
    pub request_id: String,
    /// The W3C trace context it ran under.
    pub traceparent: Option<String>,
}

/// An event as stored, relayed and shown: the envelope around what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The event's own id; consumers recognise a duplicate by it.
    pub id: EventId,
    /// What happened: `order.placed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The aggregate's kind: `order`.
    pub aggregate: String,
    /// The aggregate's id.
    pub aggregate_id: String,
    /// Whom it belongs to, who may see what happened to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// The aggregate's version after this event: 1 for its first.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Within which request.
    pub request_id: String,
    /// The W3C trace context, so that a trace can follow the event through the queues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The link of the aggregate's event before: [`Link::NONE`] for its first.
    pub previous: Link,
    /// Its own link, which the aggregate's next event will hold.
    pub link: Link,
    /// What changed; personal values are sealed.
    pub data: Value,
}

impl Envelope {
    /// The place personal values are bound to when they are sealed.
    #[must_use]
    pub fn place(&self) -> String {
        place(&self.aggregate, &self.aggregate_id, self.version)
    }
}

/// The place that personal values of an event are bound to.
#[must_use]
pub fn place(aggregate: &str, aggregate_id: &str, version: u64) -> String {
    format!("{aggregate}/{aggregate_id}/{version}")
}
