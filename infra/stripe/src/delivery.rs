//! Delivers an event until the endpoint accepts it.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::objects::event::Event;
use crate::state::State;
use crate::webhooks::{Delivery, schedule};

/// How long a reordered event waits for another to be delivered first.
const HELD_FOR: Duration = Duration::from_secs(1);

/// Delivers an event: once or, with faults, twice, late or never.
pub(crate) fn deliver(state: Arc<State>, event: Event) -> BoxFuture<'static, ()> {
    deliver_now(state, event).boxed()
}

async fn deliver_now(state: Arc<State>, event: Event) {
    let fate = state.injector.fate(&event.kind);
    if fate.dropped {
        state.log.put(record(&state, &event, 0, "dropped", false));
        return state.told(&event.id);
    }
    if fate.held {
        // It has waited, whether another event was delivered or not.
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

/// Returns whether the endpoint accepted it.
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
