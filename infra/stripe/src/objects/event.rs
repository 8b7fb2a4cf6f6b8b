//! An event: something happened (API reference, "The Event object").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The version whose shapes this server gives.
pub(crate) const API_VERSION: &str = "2026-10-28.endive";

/// An event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) created: i64,
    /// `payment_intent.succeeded` and its like.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The object as it was then.
    pub(crate) object: Value,
    /// What had other values before. Only of updates.
    pub(crate) previous: Option<Value>,
    /// The call that caused it. `None`: nobody called.
    pub(crate) request: Option<Request>,
    /// Whether the endpoint still has to be told.
    pub(crate) pending: bool,
}

super::record!(Event);

/// A call that caused an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) idempotency_key: Option<String>,
}

impl Event {
    /// The object.
    pub(crate) fn json(&self) -> Value {
        let mut data = json!({ "object": self.object });
        if let (Value::Object(data), Some(previous)) = (&mut data, &self.previous) {
            data.insert("previous_attributes".into(), previous.clone());
        }
        let request = self.request.as_ref();
        json!({
            "id": self.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.created,
            "data": data,
            "livemode": false,
            "pending_webhooks": i64::from(self.pending),
            "request": {"id": request.map(|request| &request.id), "idempotency_key": request.and_then(|request| request.idempotency_key.as_ref())},
            "type": self.kind,
        })
    }
}
