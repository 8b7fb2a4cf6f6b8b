//! Events as clients see them.

use builder_core::event::{Actor, Envelope};
use builder_core::id::EventId;
use builder_core::personal::remove_personal_values;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub struct EventView {
    id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "order.placed")]
    kind: String,
    /// The version of what it happened to, after it: 1 for the first event.
    #[schema(minimum = 1)]
    version: u64,
    /// When.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T01:00:00.123Z")]
    at: Timestamp,
    actor: Actor,
    /// Within which request.
    request_id: String,
    /// What changed, without names, addresses and other personal values.
    #[schema(value_type = Object)]
    data: Value,
}

impl From<Envelope> for EventView {
    fn from(mut event: Envelope) -> Self {
        remove_personal_values(&mut event.data);
        Self {
            id: event.id,
            kind: event.kind,
            version: event.version,
            at: event.at,
            actor: event.actor,
            request_id: event.request_id,
            data: event.data,
        }
    }
}
