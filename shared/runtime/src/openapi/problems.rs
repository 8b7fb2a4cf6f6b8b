//! The problems that a route can give: the general ones that apply to it, and its own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::headers::{collected, possible, reference};
use crate::admission::access::{Access, Idempotency};
use crate::admission::browser::REFUSED;
use crate::response::problem::{KINDS, title};
use crate::route::Route;
use crate::schema::shape::{Refusal, Request};

/// Returns the problems of a route by status, each code once. The route's description of a general
/// problem replaces the general description.
pub(crate) fn of(route: &Route) -> BTreeMap<u16, Vec<Refusal>> {
    let mut found: BTreeMap<u16, Vec<Refusal>> = BTreeMap::new();
    let general = KINDS.iter().filter(|(code, ..)| applies(code, route));
    let general = general.map(|(code, status, meaning)| Refusal {
        status: *status,
        code,
        meaning,
        passes: false,
    });
    for refusal in general.chain(route.shape.refusals.iter().copied()) {
        let of_status = found.entry(refusal.status).or_default();
        of_status.retain(|known| known.code != refusal.code);
        of_status.push(refusal);
    }
    found
}

/// Returns whether a route can return this general problem.
fn applies(code: &str, route: &Route) -> bool {
    let permitted = matches!(route.access, Access::Permit(_));
    let (idempotency, if_match) = (route.idempotency, route.shape.if_match);
    match code {
        "invalid-idempotency-key" | "idempotency-key-reused" => idempotency != Idempotency::Ignored,
        "idempotency-key-required" => {
            matches!(idempotency, Idempotency::Demanded | Idempotency::Leased)
        }
        "unauthenticated" | "forbidden" => permitted,
        REFUSED => permitted && !route.method.is_safe(),
        "not-found" => route.path.contains('{'),
        // If `If-Match` is required, a concurrent change is a failed precondition.
        "conflict" => !route.method.is_safe() && if_match != Some(true),
        "precondition-failed" => if_match.is_some(),
        "precondition-required" => if_match == Some(true),
        "unsupported-media-type" => matches!(route.shape.request, Some(Request::Json(_))),
        "quota-exceeded" => route.access != Access::Open,
        _ => true,
    }
}

/// Returns the gateway's own response with this status.
pub(super) fn gateway_message(status: u16) -> Option<&'static str> {
    match status {
        413 => Some("Request Too Long"),
        429 => Some("Too Many Requests"),
        431 => Some("Request Header Fields Too Large"),
        500 => Some("Internal Server Error"),
        503 => Some("Service Unavailable"),
        _ => None,
    }
}

/// The answer of this status that gives one of these problems.
pub(super) fn response(status: u16, refusals: &[Refusal]) -> Value {
    let mut content = Map::new();
    if !refusals.is_empty() {
        content.insert("application/problem+json".into(), problem(status, refusals));
    }
    if let Some(message) = gateway_message(status) {
        let schema = json!({ "$ref": "#/components/schemas/GatewayMessage" });
        content.insert(
            "application/json".into(),
            json!({ "schema": schema, "example": { "message": message } }),
        );
    }
    let mut response = json!({ "description": description(status, refusals), "content": content });
    if !refusals.is_empty() {
        response["headers"] = headers(status, refusals);
    }
    response
}

fn description(status: u16, refusals: &[Refusal]) -> String {
    match refusals {
        [] if status == 431 => {
            "The request line and the headers have more than 10,240 bytes in total.".into()
        }
        [] => "The gateway's limit was reached.".into(),
        [only] => format!("`{}`: {}", only.code, only.meaning),
        several => {
            let lines: Vec<_> = several
                .iter()
                .map(|refusal| format!("- `{}`: {}", refusal.code, refusal.meaning))
                .collect();
            lines.join("\n")
        }
    }
}

fn problem(status: u16, refusals: &[Refusal]) -> Value {
    let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
    let examples: Map<String, Value> =
        codes.iter().map(|code| ((*code).to_owned(), reference_to_example(code))).collect();
    json!({
        "schema": { "allOf": [{ "$ref": "#/components/schemas/Problem" }, {
            "type": "object",
            "required": ["status", "code"],
            "properties": { "status": { "type": "integer", "enum": [status] }, "code": { "type": "string", "enum": codes } },
        }] },
        "examples": examples,
    })
}

fn headers(status: u16, refusals: &[Refusal]) -> Value {
    // The gateway's own answers have none of ours.
    let mut headers = vec![if gateway_message(status).is_some() {
        possible("X-Request-Id")
    } else {
        reference("X-Request-Id")
    }];
    headers.extend(["RateLimit", "RateLimit-Policy"].map(possible));
    match status {
        401 => headers.push(reference("WWW-Authenticate")),
        405 => headers.push(reference("Allow")),
        429 | 503 => headers.push(possible("Retry-After")),
        _ if refusals.iter().any(|refusal| refusal.passes) => headers.push(possible("Retry-After")),
        _ => {}
    }
    collected(headers)
}

fn reference_to_example(code: &str) -> Value {
    json!({ "$ref": format!("#/components/examples/{code}") })
}

/// An example of a problem, as the request to `instance` gets it.
pub(super) fn example(refusal: Refusal, instance: &str) -> Value {
    let mut value = json!({
        "type": format!("/problems/{}", refusal.code),
        "title": title(refusal.code),
        "status": refusal.status,
        "detail": refusal.meaning,
        "instance": instance,
        "code": refusal.code,
        "requestId": "0c5f3ab1-6d2e-4f77-9b1d-2f6a8e0c9d41",
    });
    if refusal.code == "invalid-request" {
        value["errors"] = json!([{ "pointer": "/name", "detail": "is missing" }, { "pointer": "?limit", "detail": "must be at most 100" }]);
    }
    json!({ "summary": title(refusal.code), "value": value })
}
