//! The response types of events in the audit trail and the feed.

use builder_runtime::EventView;
use builder_store::event::Envelope;
use builder_store::event::chain::Link;
use builder_store::id::UserId;
use serde::Serialize;
use utoipa::ToSchema;

/// An event with its resource.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrailEvent {
    #[serde(flatten)]
    event: EventView,
    resource: Resource,
    /// The hash of the event and of all previous events of the same resource: SHA-256, in
    /// hexadecimal.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$", example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    hash: Link,
}

/// The resource of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "order")]
    kind: String,
    /// Its ID.
    #[schema(example = "ord_01h455vb4pex5vsknk084sn02q")]
    id: String,
    /// The ID of the account that it belongs to. Omitted if it belongs to no account.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<UserId>,
}

impl From<Envelope> for TrailEvent {
    fn from(event: Envelope) -> Self {
        let resource = Resource {
            kind: event.aggregate.clone(),
            id: event.aggregate_id.clone(),
            owner_id: event.owner,
        };
        Self { resource, hash: event.link, event: event.into() }
    }
}
