//! Domain events: what happened, who caused it, when, and in which request.

pub mod chain;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::event::chain::Link;
use crate::id::{ApiKeyId, EventId, UserId};

/// The actor of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Actor {
    /// A signed-in user.
    User {
        /// The account's ID.
        id: UserId,
    },
    /// A program with an API key.
    ApiKey {
        /// The API key's ID.
        id: ApiKeyId,
        /// The account's ID.
        #[serde(rename = "userId")]
        user: UserId,
    },
    /// An unauthenticated caller of a public route.
    Anonymous,
    /// The system: a scheduled job, or an operator's command.
    System,
}

impl Actor {
    /// Returns the user who caused it, directly or through a program with one of their keys.
    #[must_use]
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User { id } | Self::ApiKey { user: id, .. } => Some(id),
            Self::Anonymous | Self::System => None,
        }
    }
}

/// The context of a command, recorded in each of its events.
#[derive(Debug, Clone)]
pub struct Context {
    /// The actor.
    pub actor: Actor,
    /// When it was executed.
    pub at: Timestamp,
    /// The request's ID, as in the log and the response.
    pub request_id: String,
    /// The W3C trace context.
    pub traceparent: Option<String>,
}

/// An event as stored, relayed and returned: the envelope around its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The event's own ID, by which consumers recognise duplicates.
    pub id: EventId,
    /// The type of the event: `order.placed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The aggregate's kind: `order`.
    pub aggregate: String,
    /// The aggregate's ID.
    pub aggregate_id: String,
    /// The account it belongs to, which may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// The aggregate's version after this event: 1 for its first.
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The actor.
    pub actor: Actor,
    /// The ID of the request that caused it.
    pub request_id: String,
    /// The W3C trace context, so that a trace can follow the event through the queues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The link of the aggregate's previous event: [`Link::NONE`] for the first.
    pub previous: Link,
    /// Its own link, which the aggregate's next event contains.
    pub link: Link,
    /// The data of the change; personal values are encrypted.
    pub data: Value,
}

impl Envelope {
    /// Returns the place that encrypted personal values are bound to.
    #[must_use]
    pub fn place(&self) -> String {
        place(&self.aggregate, &self.aggregate_id, self.version)
    }

    /// Computes this event's link in the chain; `data` is its content exactly as stored.
    ///
    /// # Errors
    /// [`Error::Internal`] if the actor can't be serialised.
    pub fn link_of(&self, data: &str) -> Result<Link> {
        let actor = serde_json::to_string(&self.actor).map_err(Error::internal)?;
        let owner = self.owner.map(|owner| owner.to_string()).unwrap_or_default();
        Ok(Link::hash(
            "event",
            &[
                &self.previous.0,
                self.id.to_string().as_bytes(),
                self.kind.as_bytes(),
                self.aggregate.as_bytes(),
                self.aggregate_id.as_bytes(),
                owner.as_bytes(),
                &self.version.to_be_bytes(),
                self.at.to_string().as_bytes(),
                actor.as_bytes(),
                self.request_id.as_bytes(),
                self.traceparent.as_deref().unwrap_or_default().as_bytes(),
                data.as_bytes(),
            ],
        ))
    }
}

/// Returns the place that personal values of an event are bound to.
#[must_use]
pub fn place(aggregate: &str, aggregate_id: &str, version: u64) -> String {
    format!("{aggregate}/{aggregate_id}/{version}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(change: &serde_json::Value) -> Envelope {
        let mut event = json!({
            "id": "evt_01m7w6c380ewerr5d6grc7qdnv", "type": "order.placed", "aggregate": "order",
            "aggregateId": "ord_01m7w6c380ewerr5d6grc7qdnv", "owner": "usr_01m7w6c380ewerr5d6grc7qdnv", "version": 1,
            "at": "2026-11-21T10:00:00.5Z", "actor": { "type": "system" }, "requestId": "request", "previous": Link::NONE, "link": Link::NONE, "data": null,
        });
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn the_link_covers_every_member_of_an_event() {
        let link = event(&json!({})).link_of("{}").unwrap();
        assert_eq!(event(&json!({})).link_of("{}").unwrap(), link);
        assert_ne!(event(&json!({})).link_of("{ }").unwrap(), link, "data");
        for change in [
            json!({ "id": "evt_01m7w6c380ewerr5d6grc7qdnw" }),
            json!({ "type": "order.cancelled" }),
            json!({ "aggregate": "product" }),
            json!({ "aggregateId": "ord_01m7w6c380ewerr5d6grc7qdnw" }),
            json!({ "owner": null }),
            json!({ "version": 2 }),
            json!({ "at": "2026-11-21T10:00:00.6Z" }),
            json!({ "actor": { "type": "anonymous" } }),
            json!({ "requestId": "another" }),
            json!({ "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }),
            json!({ "previous": link }),
        ] {
            assert_ne!(event(&change).link_of("{}").unwrap(), link, "{change}");
        }
    }
}
