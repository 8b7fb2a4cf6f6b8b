//! An event (API reference, "The Event object").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The API version of this server's objects.
pub(crate) const API_VERSION: &str = "2026-10-28.endive";

/// An event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) created: i64,
    /// The type, such as `payment_intent.succeeded`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The object at that time.
    pub(crate) object: Value,
    /// The previous values of changed fields. Only for updates.
    pub(crate) previous: Option<Value>,
    /// The call that caused it. `None`: an asynchronous change.
    pub(crate) request: Option<Request>,
    /// Whether it still has to be delivered.
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
    /// Returns the object.
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
