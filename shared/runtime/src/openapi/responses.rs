//! The responses of a route: its success, and the problems. Responses that several routes share are
//! components.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::headers::{collected, reference};
use super::{examples, problems};
use crate::admission::access::{Access, Idempotency};
use crate::response::problem::title;
use crate::route::Route;
use crate::schema::schemas::Schemas;
use crate::schema::shape::Refusal;

/// Answers that operations refer to, by name.
pub(super) type Shared = BTreeMap<String, Value>;

/// The answers of a route by status.
pub(super) fn of(route: &Route, schemas: &mut Schemas, shared: &mut Shared) -> Value {
    let shape = &route.shape;
    let mut responses = Map::new();
    let success = success(route, schemas);
    if shape.may_lead_elsewhere {
        let headers = ["X-Request-Id", "RateLimit", "RateLimit-Policy", "Location"].map(reference);
        responses.insert(
            "303".into(),
            json!({ "description": meaning(303), "headers": collected(headers) }),
        );
    }
    if shape.gives_again {
        let mut again = success.clone();
        again["description"] = "The payment had already been started and is returned again.".into();
        again["headers"].as_object_mut().map(|headers| headers.remove("Location"));
        responses.insert("200".into(), again);
    }
    responses.insert(shape.status.to_string(), success);
    if shape.etag && route.method == http::Method::GET {
        let headers =
            collected(["X-Request-Id", "RateLimit", "RateLimit-Policy", "ETag"].map(reference));
        let description = "Not modified: the ETag in If-None-Match is still current.";
        let not_modified = json!({ "description": description, "headers": headers });
        responses.insert("304".into(), share(shared, "NotModified".into(), not_modified));
    }
    let mut refusals = problems::of(route);
    // The gateway rejects these itself.
    refusals.entry(429).or_default();
    refusals.entry(431).or_default();
    for (status, refusals) in refusals {
        let mut response = problems::response(status, &refusals);
        if shape.forgets_cookies && status == 401 {
            response["headers"]["Set-Cookie"] = reference("Set-Cookie").1;
        }
        let of_its_own = refusals
            .iter()
            .any(|refusal| route.shape.refusals.iter().any(|own| own.code == refusal.code));
        let response =
            if of_its_own { response } else { share(shared, name(status, &refusals), response) };
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

fn share(shared: &mut Shared, name: String, response: Value) -> Value {
    let reference = json!({ "$ref": format!("#/components/responses/{name}") });
    shared.insert(name, response);
    reference
}

/// The name of an answer with general problems only: `MalformedRequestOrInvalidIdempotencyKey`.
fn name(status: u16, refusals: &[Refusal]) -> String {
    if refusals.is_empty() {
        return format!("Gateway{status}");
    }
    let pascal = |code: &str| code.split('-').map(title).collect::<String>();
    refusals.iter().map(|refusal| pascal(refusal.code)).collect::<Vec<_>>().join("Or")
}

fn success(route: &Route, schemas: &mut Schemas) -> Value {
    let shape = &route.shape;
    let mut success = json!({ "description": meaning(shape.status), "headers": headers(route) });
    if let Some(mut schema) = (shape.response)(schemas) {
        if shape.content_type.starts_with("text/") {
            schema["type"] = "string".into();
        }
        let example =
            shape.example.map(|example| example()).or_else(|| examples::of(schemas, &schema));
        let mut content = json!({ "schema": schema });
        if let Some(example) = example {
            content["example"] = example;
        }
        success["content"] = json!({ shape.content_type: content });
    }
    success
}

fn meaning(status: u16) -> &'static str {
    match status {
        201 => "Created.",
        202 => "Accepted for processing.",
        204 => "Done. No content.",
        303 => "The PDF is at another URL. Request it there, without credentials.",
        _ => "Done.",
    }
}

fn headers(route: &Route) -> Value {
    let shape = &route.shape;
    let mut names = vec!["X-Request-Id"];
    if route.access != Access::Open {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    if shape.etag {
        names.push("ETag");
    }
    if shape.status == 201 {
        names.push("Location");
    }
    if route.idempotency != Idempotency::Ignored {
        names.push("Idempotent-Replayed");
    }
    if shape.sets_cookies {
        names.push("Set-Cookie");
    }
    collected(names.into_iter().map(reference))
}
