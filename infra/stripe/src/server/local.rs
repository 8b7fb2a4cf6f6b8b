//! `/_local`: endpoints for tests and developers that Stripe doesn't have. JSON, no key.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Answered;
use super::answer::whole;
use crate::books::summary::Summary;
use crate::execute::{pretty, with_call};
use crate::faults::Faults;
use crate::machine::settle_refund;
use crate::objects::refund::Status;
use crate::options::WebhookEndpoint;
use crate::state::State;

/// `POST /_local/clock`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

/// `POST /_local/refunds/{id}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    status: Status,
}

/// The response, or an error.
type Outcome = Result<Value, (StatusCode, String)>;

/// Responds to a request.
pub(super) fn respond(state: &Arc<State>, parts: &Parts, body: &[u8]) -> Answered {
    let path = parts.uri.path().strip_prefix("/_local").unwrap_or_default();
    let (status, value) = match answer(state, parts.method.as_str(), path, body) {
        Ok(value) => (StatusCode::OK, value),
        Err((status, error)) => (status, json!({ "error": error })),
    };
    whole(status, "application/json", pretty(&value))
}

fn answer(state: &Arc<State>, method: &str, path: &str, body: &[u8]) -> Outcome {
    match (method, path) {
        ("GET", "/health") => Ok(json!({"status": "ok"})),
        ("GET", "/summary") => Ok(json!(Summary::of(&state.desk().books))),
        ("GET", "/calls") => {
            Ok(json!({"calls": state.injector.calls(), "faults": state.injector.strikes()}))
        }
        ("DELETE", "/calls") => {
            state.injector.reset_counts();
            Ok(json!({}))
        }
        ("GET", "/deliveries") => Ok(json!(state.log.all())),
        ("GET", "/faults") => Ok(json!(state.injector.faults())),
        ("POST", "/faults") => {
            state.injector.set(read::<Faults>(body)?);
            Ok(json!(state.injector.faults()))
        }
        ("POST", "/webhook") => {
            state.set_webhook(read::<WebhookEndpoint>(body)?);
            Ok(json!({}))
        }
        ("POST", "/clock") => {
            state.clock.advance(Duration::from_secs(read::<Advance>(body)?.advance_seconds));
            Ok(json!({"now": state.clock.now()}))
        }
        ("POST", path) => match path.strip_prefix("/refunds/") {
            Some(id) => end_refund(state, id, read::<End>(body)?.status),
            None => Err((StatusCode::NOT_FOUND, "there is nothing here".to_owned())),
        },
        _ => Err((StatusCode::NOT_FOUND, "there is nothing here".to_owned())),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(body).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))
}

fn end_refund(state: &Arc<State>, id: &str, to: Status) -> Outcome {
    let mut desk = state.desk();
    let (outcome, change) =
        with_call(state, &mut desk, None, false, |call| settle_refund(call, id, to));
    let refund = outcome.map_err(|error| {
        (
            StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST),
            message(error.fields()),
        )
    })?;
    state
        .commit(&mut desk, change)
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(refund.json())
}

fn message(fields: &serde_json::Map<String, Value>) -> String {
    fields.get("message").and_then(Value::as_str).unwrap_or_default().to_owned()
}
