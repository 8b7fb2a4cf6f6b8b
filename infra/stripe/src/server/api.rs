//! The API: faults, authentication, idempotency, the call, the headers of the response.

use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::answer::whole;
use super::{Answered, Cut, auth};
use crate::error::ApiError;
use crate::execute::{self, Ask, Reply};
use crate::faults::{Down, Kind, Strike};
use crate::objects::event::API_VERSION;
use crate::request::idempotency::Key;
use crate::request::params::Params;
use crate::request::route::Route;
use crate::state::State;

/// How often a call that hangs because the server is down checks whether it still is.
const LOOK: Duration = Duration::from_millis(20);

/// Responds to a call of the API.
pub(super) async fn respond(
    state: &Arc<State>,
    parts: &Parts,
    body: &[u8],
) -> Result<Answered, Cut> {
    let id = format!(
        "req_{}",
        std::iter::repeat_with(fastrand::alphanumeric).take(14).collect::<String>()
    );
    let path = parts.uri.path();
    let Some((route, operation)) = Route::find(parts.method.as_str(), path) else {
        return Ok(answer(parts, &id, ApiError::no_route(parts.method.as_str(), path).into()));
    };
    let strike = state.injector.strike(operation);
    if let Some(strike) = strike {
        tracing::debug!(operation, ?strike, "fault");
    }
    let (kind, ms) = match strike {
        Some(Strike::Down(Down::Error) | Strike::Rule(Kind::ErrorBefore, _)) => {
            return Ok(answer(parts, &id, ApiError::internal(true).into()));
        }
        Some(Strike::Rule(Kind::RateLimit, _)) => {
            return Ok(answer(parts, &id, ApiError::rate_limited().into()));
        }
        Some(Strike::Down(Down::Refuse) | Strike::Rule(Kind::CutBefore, _)) => return Err(Cut),
        Some(Strike::Down(Down::Hang)) => {
            while state.injector.faults().down == Some(Down::Hang) {
                tokio::time::sleep(LOOK).await;
            }
            return Err(Cut);
        }
        Some(Strike::Rule(kind, ms)) => (Some(kind), Duration::from_millis(ms)),
        None => (None, Duration::ZERO),
    };
    let mut ask = match ask(state, parts, body, route, id.clone()) {
        Ok(ask) => ask,
        Err(error) => return Ok(answer(parts, &id, error.into())),
    };
    ask.fails_afterwards = kind == Some(Kind::ErrorAfter);
    let reply = carry_out(state, ask, kind, ms).await;
    if kind == Some(Kind::CutAfter) { Err(Cut) } else { Ok(answer(parts, &id, reply)) }
}

/// Executes a call, while its idempotency key is locked.
async fn carry_out(state: &Arc<State>, ask: Ask, kind: Option<Kind>, ms: Duration) -> Reply {
    let taken = ask.key.as_ref().map(|key| execute::begin(state, key)).transpose();
    let taken = match taken {
        Ok(taken) => taken,
        Err(reply) => return reply,
    };
    if kind == Some(Kind::HangBefore) {
        tokio::time::sleep(ms).await;
    }
    let reply = execute::execute(state, ask);
    if kind == Some(Kind::HangAfter) {
        tokio::time::sleep(ms).await;
    }
    drop(taken);
    reply
}

/// Returns the call of a request.
fn ask(
    state: &State,
    parts: &Parts,
    body: &[u8],
    route: Route,
    id: String,
) -> Result<Ask, ApiError> {
    let posted = parts.method == Method::POST;
    let encoded = if posted { body } else { parts.uri.query().unwrap_or_default().as_bytes() };
    let mut params = Params::parse(encoded)?;
    let public = auth::is_public(state, &parts.headers, &mut params, &route)?;
    check_version(&parts.headers)?;
    let path = parts.uri.path().to_owned();
    let key = parts.headers.get("idempotency-key").filter(|_| posted);
    let key = key
        .map(|key| Key::new(&String::from_utf8_lossy(key.as_bytes()), &path, &params))
        .transpose()?;
    Ok(Ask { route, path, params, public, id, key, fails_afterwards: false })
}

/// Checks that a version is a date, since 2024 with a name (docs page "Versioning"). Objects always
/// have the format of the newest version.
fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(version) = headers.get("stripe-version") else { return Ok(()) };
    let version = String::from_utf8_lossy(version.as_bytes());
    let date = version.split(['.', ';']).next().unwrap_or_default();
    if date.parse::<jiff::civil::Date>().is_ok() {
        return Ok(());
    }
    Err(ApiError::invalid(format!("Invalid Stripe API version: {version}")))
}

/// Returns the response with its headers.
fn answer(parts: &Parts, id: &str, reply: Reply) -> Answered {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = whole(status, "application/json", reply.body);
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("request-id", id);
    let sent = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    put("stripe-version", sent("stripe-version").unwrap_or(API_VERSION));
    put("access-control-allow-origin", "*");
    put("access-control-expose-headers", "Request-Id, Stripe-Should-Retry, Idempotent-Replayed");
    if parts.method == Method::POST
        && let Some(key) = sent("idempotency-key")
    {
        put("idempotency-key", key);
        put("original-request", reply.replays.as_deref().unwrap_or(id));
    }
    if reply.replays.is_some() {
        put("idempotent-replayed", "true");
    }
    if let Some(retry) = reply.retry {
        put("stripe-should-retry", if retry { "true" } else { "false" });
    }
    if status == StatusCode::UNAUTHORIZED {
        put("www-authenticate", "Basic realm=\"Stripe\"");
    }
    response
}
