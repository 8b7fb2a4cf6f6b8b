//! Passes every request to the responsible part of the server.

use std::sync::Arc;

use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

use super::answer::text;
use super::{Answered, Cut, api, host, local, page};
use crate::state::State;

/// The maximum length of a body. Stripe's own calls are far shorter.
const BODY_LIMIT: usize = 1 << 20;

/// Responds to a request, or closes the connection.
pub(super) async fn respond(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Answered, Cut> {
    let (parts, body) = request.into_parts();
    if !host::is_ours(&parts) {
        return Ok(text(
            StatusCode::FORBIDDEN,
            "The local Stripe answers only to an IP address, localhost or *.localhost.\n",
        ));
    }
    let path = parts.uri.path().to_owned();
    if parts.method == Method::OPTIONS && path.starts_with("/v1/") {
        return Ok(preflight());
    }
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long, or ended early.\n"));
    };
    let body = body.to_bytes();
    match path.split('/').nth(1) {
        Some("_local") => Ok(local::respond(&state, &parts, &body)),
        Some("3ds") => Ok(page::authentication(&state, &parts, &body)),
        Some("receipts") => Ok(page::receipt(&state, &path)),
        _ => api::respond(&state, &parts, &body).await,
    }
}

/// Returns the response to a preflight request: browsers on other origins may call the API, as
/// their key allows.
fn preflight() -> Answered {
    let mut response = text(StatusCode::OK, "");
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    let allowed = "authorization, content-type, idempotency-key, stripe-version";
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(allowed));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("300"));
    response
}
