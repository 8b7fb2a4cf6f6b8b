//! Delivers an event until the endpoint takes it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::{Notify, Semaphore};

use super::log::Delivery;
use super::{schedule, signature};
use crate::objects::event::Event;
use crate::options::WebhookEndpoint;
use crate::state::State;

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long an event that is held back waits for another to go first.
const HELD_FOR: Duration = Duration::from_secs(1);

/// How many deliveries are under way at once.
const AT_ONCE: usize = 32;

/// Sends requests to endpoints.
#[derive(Debug)]
pub(crate) struct Sender {
    client: Client<HttpConnector, Full<Bytes>>,
    places: Semaphore,
    /// Rings when something was delivered.
    delivered: Notify,
}

impl Default for Sender {
    fn default() -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, places: Semaphore::new(AT_ONCE), delivered: Notify::new() }
    }
}

impl Sender {
    /// Posts a body. The endpoint's status, or why there is none.
    async fn post(&self, endpoint: &WebhookEndpoint, at: i64, body: String) -> Result<StatusCode, String> {
        let place = self.places.acquire().await.map_err(|error| error.to_string())?;
        let request = Request::post(&endpoint.url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .header(header::ACCEPT, "*/*; q=0.5, application/xml")
            .header("stripe-signature", signature::header(&endpoint.secret, at, &body))
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        drop(place);
        match answer {
            Ok(Ok(answer)) => Ok(answer.status()),
            Ok(Err(error)) => Err(format!("no connection: {error}")),
            Err(_) => Err(format!("no answer within {PATIENCE:?}")),
        }
    }
}

/// Delivers an event: once or, with faults, twice, late or never.
pub(crate) async fn deliver(state: Arc<State>, event: Event) {
    let fate = state.injector.fate(&event.kind);
    if fate.dropped {
        state.log.put(record(&state, &event, 0, "dropped", false));
        return state.told(&event.id);
    }
    if fate.held {
        // Whether one came or none: it has waited.
        drop(tokio::time::timeout(HELD_FOR, state.sender.delivered.notified()).await);
    }
    tokio::time::sleep(fate.delay).await;
    let mut attempt = 0;
    loop {
        if attempt >= fate.lost && attempt_once(&state, &event, attempt).await {
            if fate.doubled {
                attempt_once(&state, &event, attempt + 1).await;
            }
            state.told(&event.id);
            return state.sender.delivered.notify_waiters();
        }
        if attempt < fate.lost {
            state.log.put(record(&state, &event, attempt, "lost", false));
        }
        let Some(pause) = schedule::pause(attempt, state.retry_scale) else { break };
        tokio::time::sleep(pause).await;
        attempt += 1;
    }
    tracing::warn!(event = event.id, kind = event.kind, "the endpoint never took this event");
    state.told(&event.id);
}

/// Whether the endpoint took it.
async fn attempt_once(state: &State, event: &Event, attempt: u32) -> bool {
    let Some(endpoint) = state.webhook() else { return false };
    let body = serde_json::to_string_pretty(&event.json()).unwrap_or_default();
    let result = state.sender.post(&endpoint, state.clock.now(), body).await;
    let (text, delivered) = match &result {
        Ok(status) => (status.as_u16().to_string(), status.is_success()),
        Err(error) => (error.clone(), false),
    };
    tracing::debug!(event = event.id, kind = event.kind, attempt, result = text, "delivery");
    state.log.put(record(state, event, attempt, &text, delivered));
    delivered
}

fn record(state: &State, event: &Event, attempt: u32, result: &str, delivered: bool) -> Delivery {
    Delivery {
        event: event.id.clone(),
        kind: event.kind.clone(),
        attempt,
        result: result.to_owned(),
        delivered,
        at_ms: state.clock.now_ms(),
    }
}
