//! Events as returned to clients.

use builder_store::event::{Actor, Envelope};
use builder_store::id::EventId;
use builder_store::personal::remove_personal_values;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// An event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub struct EventView {
    id: EventId,
    /// The type of the event.
    #[serde(rename = "type")]
    #[schema(example = "order.cancelled")]
    kind: String,
    /// The version of the resource after the event: 1 for the first event.
    #[schema(minimum = 1, example = 1)]
    version: u64,
    /// When it happened.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T01:00:00.123Z")]
    at: Timestamp,
    actor: Actor,
    /// The ID of the request that caused it.
    #[schema(example = "0c5f3ab1-6d2e-4f77-9b1d-2f6a8e0c9d41")]
    request_id: String,
    /// What changed, without personal data.
    #[schema(schema_with = data)]
    data: Value,
}

fn data() -> Schema {
    let description = "What changed, without personal data.";
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(description))
        .examples([json!({ "reason": "requested_by_customer" })])
        .into()
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
