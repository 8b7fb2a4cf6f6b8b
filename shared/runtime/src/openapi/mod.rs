//! The OpenAPI 3.1 document, made from the routes. Nothing in it is written by hand a second time.

mod examples;
mod headers;
mod parameters;
mod problems;
mod responses;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::admission::access::Access;
use crate::admission::browser::ACCESS_COOKIE;
use crate::response::problem::{KINDS, title};
use crate::route::Route;
use crate::schema::schemas::Schemas;
use crate::schema::shape::Refusal;
use responses::Shared;

/// The document for these routes.
#[must_use]
pub fn document(routes: &[&Route], version: &str) -> Value {
    let routes: Vec<&Route> =
        routes.iter().copied().filter(|route| route.shape.documented).collect();
    let mut schemas = Schemas::with_common();
    // Parameters refer to schemas of what other routes answer with.
    for route in &routes {
        (route.shape.response)(&mut schemas);
    }
    let mut shared = Shared::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in &routes {
        let operation = operation(route, &mut schemas, &mut shared);
        paths
            .entry(route.path)
            .or_default()
            .insert(route.method.as_str().to_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Builder API",
            "version": version,
            "description": "Accounts, catalogue and orders behind one REST API. Errors are \
                 problem+json (RFC 9457); every kind has a page under /problems. POST takes an \
                 Idempotency-Key. Lists have cursors, resources have ETags.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags(&routes),
        "paths": paths,
        "x-problems": kinds(&routes),
        "components": {
            "responses": shared,
            "examples": problem_examples(&routes, &schemas),
            "schemas": schemas.into_components(),
            "securitySchemes": security_schemes(),
            "headers": headers::all(),
        },
    })
}

fn security_schemes() -> Value {
    json!({ "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token (a JWT), or an API key (bk_live_…) with the required \
         scopes.",
    }, "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": ACCESS_COOKIE,
        "description": "For browsers that signed in with `mode: cookie`. Requests that change \
         something also need the Origin header of a page of the application and the X-CSRF-Token \
         header.",
    } })
}

/// Returns every kind of problem, for its page. The descriptions of general ones apply to all
/// routes.
fn kinds(routes: &[&Route]) -> BTreeMap<&'static str, Value> {
    let kind = |code: &str, status: u16, meaning: &str| json!({ "title": title(code), "status": status, "meaning": meaning });
    let mut kinds: BTreeMap<_, _> =
        KINDS.iter().map(|(code, status, meaning)| (*code, kind(code, *status, meaning))).collect();
    for Refusal { code, status, meaning, .. } in
        routes.iter().flat_map(|route| &route.shape.refusals)
    {
        kinds.entry(code).or_insert_with(|| kind(code, *status, meaning));
    }
    kinds
}

/// An example of every problem, as the first route that gives it does.
fn problem_examples(routes: &[&Route], schemas: &Schemas) -> BTreeMap<&'static str, Value> {
    let mut examples = BTreeMap::new();
    for route in routes {
        for refusal in problems::of(route).into_values().flatten() {
            let example = || problems::example(refusal, &parameters::example_path(route, schemas));
            examples.entry(refusal.code).or_insert_with(example);
        }
    }
    examples
}

fn tags(routes: &[&Route]) -> Value {
    let mut names: Vec<&str> = routes.iter().map(|route| tag(route.path)).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

/// The noun a path is about: `orders` of `/api/v1/orders/{id}`.
fn tag(path: &str) -> &str {
    path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or("system")
}

fn operation(route: &Route, schemas: &mut Schemas, shared: &mut Shared) -> Value {
    let shape = &route.shape;
    let mut operation = json!({
        "operationId": route.operation_id(),
        "summary": shape.summary,
        "tags": [tag(route.path)],
        "parameters": parameters::of(route, schemas),
        "responses": responses::of(route, schemas, shared),
        "security": match route.access {
            Access::Permit(_) => json!([{ "bearer": [] }, { "cookie": [] }]),
            Access::PublicOr(_) => json!([{}, { "bearer": [] }, { "cookie": [] }]),
            Access::Open | Access::Public => json!([]),
        },
    });
    if shape.head {
        // Read by the function of unknown paths, for the Allow header.
        operation["x-head"] = true.into();
    }
    let permission = match route.access {
        Access::Permit(permission) => format!("Requires the permission `{permission}`."),
        Access::PublicOr(_) | Access::Open | Access::Public => String::new(),
    };
    let description = format!("{} {permission}", shape.description);
    if !description.trim().is_empty() {
        operation["description"] = description.trim().into();
    }
    if let Some(request) = shape.request {
        let schema = request.schema(schemas);
        let mut content = json!({ "schema": schema });
        if let Some(example) = examples::of(schemas, &schema) {
            content["example"] = example;
        }
        let content: Map<String, Value> = shape
            .request_types
            .iter()
            .map(|media| ((*media).to_owned(), content.clone()))
            .collect();
        operation["requestBody"] =
            json!({ "required": !shape.request_is_optional, "content": content });
    }
    operation
}
