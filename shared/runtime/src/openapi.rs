//! The OpenAPI 3.1 document, made from the routes. Nothing in it is written by hand a second time.
//!
//! A route keeps function pointers, not schemas: only the tool that writes the document pays for making them, never a cold start.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::browser::ACCESS_COOKIE;
use crate::problem::{KINDS, MOST_ERRORS, title};
use crate::reply::{Empty, Many, Raw, Reply};
use crate::route::{Access, Idempotency, Route};

/// What a route takes and gives, for the document.
#[derive(Debug, Clone)]
pub struct Shape {
    pub(crate) summary: &'static str,
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) refusals: Vec<(u16, &'static str, &'static str)>,
    /// Whether it takes `If-Match`, and whether it must be sent.
    pub(crate) if_match: Option<bool>,
    /// Whether it answers 200 instead of 201 when the thing is there already.
    pub(crate) gives_again: bool,
    /// Whether a browser that navigates here is led elsewhere by a 303.
    pub(crate) may_lead_elsewhere: bool,
    /// Whether HEAD is answered, too.
    pub(crate) head: bool,
    /// Whether it answers with an ETag, and 304 to who has it.
    pub(crate) tagged: bool,
    pub(crate) documented: bool,
    request: Option<fn(&mut Schemas) -> Value>,
    /// The media types of the request body.
    request_types: &'static [&'static str],
    query: Option<fn(&mut Schemas) -> Value>,
    response: fn(&mut Schemas) -> Option<Value>,
}

/// The schemas that the document names, collected while its operations are described.
#[derive(Debug, Default)]
pub struct Schemas(BTreeMap<String, Value>);

/// An answer that can describe its body.
pub trait BodyOf {
    /// The status of its success.
    const STATUS: u16 = 200;
    /// The schema of its body, if it has one of ours.
    fn body(schemas: &mut Schemas) -> Option<Value>;
}

impl<T: ToSchema> BodyOf for Reply<T> {
    fn body(schemas: &mut Schemas) -> Option<Value> {
        let data = schemas.reference::<T>(false);
        Some(json!({ "type": "object", "required": ["data"], "properties": { "data": data } }))
    }
}

impl<T: ToSchema> BodyOf for Reply<Many<T>> {
    fn body(schemas: &mut Schemas) -> Option<Value> {
        let row = schemas.reference::<T>(false);
        Some(json!({
            "type": "object",
            "required": ["data", "pagination"],
            "properties": {
                "data": { "type": "array", "items": row },
                "pagination": { "$ref": "#/components/schemas/Pagination" },
            },
        }))
    }
}

impl BodyOf for Reply<Empty> {
    const STATUS: u16 = 204;
    fn body(_: &mut Schemas) -> Option<Value> {
        None
    }
}

impl BodyOf for Reply<Raw> {
    fn body(_: &mut Schemas) -> Option<Value> {
        Some(json!({}))
    }
}

impl Shape {
    pub(crate) fn of<R: BodyOf>() -> Self {
        Self {
            summary: "",
            status: R::STATUS,
            content_type: "application/json",
            refusals: Vec::new(),
            if_match: None,
            gives_again: false,
            may_lead_elsewhere: false,
            head: false,
            tagged: false,
            documented: true,
            request: None,
            request_types: &["application/json"],
            query: None,
            response: R::body,
        }
    }

    pub(crate) fn request_body<T: ToSchema>(&mut self, types: &'static [&'static str]) {
        self.request = Some(|schemas| schemas.reference::<T>(true));
        self.request_types = types;
    }

    /// Some JSON that others define.
    pub(crate) fn any_json(&mut self) {
        self.request = Some(|_| json!({ "type": "object" }));
    }

    pub(crate) fn query<T: ToSchema>(&mut self) {
        self.query = Some(|_| to_json(&T::schema()));
    }
}

impl Schemas {
    /// A reference to the schema of `T`, which is added together with those it refers to. A request's objects take no unknown
    /// members.
    pub(crate) fn reference<T: ToSchema>(&mut self, closed: bool) -> Value {
        let mut needed = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut needed);
        for (name, schema) in needed {
            let mut schema = to_json(&schema);
            if closed {
                close(&mut schema);
                self.0.insert(name, schema);
            } else {
                self.0.entry(name).or_insert(schema);
            }
        }
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }

    /// The schema of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

fn to_json(schema: &impl serde::Serialize) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

/// Marks every object in `schema` as taking no further members.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// The document for these routes.
#[must_use]
pub fn document(routes: &[&Route], version: &str) -> Value {
    let mut schemas = Schemas::default();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut problems: BTreeMap<&str, Value> =
        KINDS.iter().map(|(code, status, meaning)| (*code, kind(code, *status, meaning))).collect();
    for route in routes.iter().filter(|route| route.shape.documented) {
        let operation = operation(route, &mut schemas);
        paths.entry(route.path).or_default().insert(route.method.as_str().to_lowercase(), operation);
        for (status, code, meaning) in &route.shape.refusals {
            problems.insert(code, kind(code, *status, meaning));
        }
    }
    let mut components = schemas.0;
    components.insert("Problem".into(), problem_schema());
    components.insert(
        "GatewayMessage".into(),
        json!({
            "type": "object",
            "description": "What API Gateway answers itself, before a function runs: its throttle, its 6 MB and its 30 s limits.",
            "properties": { "message": { "type": "string" } },
        }),
    );
    components.insert("Pagination".into(), json!({
        "type": "object",
        "required": ["cursor", "hasMore"],
        "properties": {
            "cursor": { "type": ["string", "null"], "description": "Send it as `cursor` to get the next page; null on the last." },
            "hasMore": { "type": "boolean" },
        },
    }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Builder API",
            "version": version,
            "description": "Accounts, catalogue and orders behind one REST API. Errors are problem+json (RFC 9457); every kind has a page \
                            under /problems. POST takes an Idempotency-Key. Lists have cursors, resources have ETags.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags(routes),
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": { "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An access token (a JWT), or an API key (bk_live_…) with the scopes of what it is to do.",
            }, "cookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": ACCESS_COOKIE,
                "description": "For browsers that signed in with `mode: cookie`. What changes something also needs the Origin header of a page of \
                                the application, and the header X-CSRF-Token.",
            } },
            "headers": headers(),
        },
        "x-problems": problems,
    })
}

fn kind(code: &str, status: u16, meaning: &str) -> Value {
    json!({ "title": title(code), "status": status, "meaning": meaning })
}

fn tags(routes: &[&Route]) -> Value {
    let mut names: Vec<&str> = routes.iter().filter(|route| route.shape.documented).map(|route| tag(route.path)).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

/// The noun a path is about: `orders` of `/api/v1/orders/{id}`.
fn tag(path: &str) -> &str {
    path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or("system")
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let shape = &route.shape;
    let mut operation = json!({
        "operationId": route.name,
        "summary": shape.summary,
        "tags": [tag(route.path)],
        "parameters": parameters(route, schemas),
        "responses": responses(route, schemas),
        "security": if is_for_anybody(route) { json!([]) } else { json!([{ "bearer": [] }, { "cookie": [] }]) },
    });
    if shape.head {
        // Read by the function of unknown paths, for the Allow header.
        operation["x-head"] = true.into();
    }
    if let Access::Permit(permission) = route.access {
        operation["description"] = format!("Needs the permission `{permission}`.").into();
    }
    if let Some(request) = shape.request {
        let schema = request(schemas);
        let content: Map<String, Value> =
            shape.request_types.iter().map(|media| ((*media).to_owned(), json!({ "schema": schema }))).collect();
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn parameters(route: &Route, schemas: &mut Schemas) -> Vec<Value> {
    let names = route.path.split(['{', '}']).skip(1).step_by(2);
    let mut parameters: Vec<Value> =
        names.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })).collect();
    if let Some(query) = route.shape.query {
        let schema = query(schemas);
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let mut property = property.clone();
            let description = property.as_object_mut().and_then(|property| property.remove("description"));
            let mut parameter =
                json!({ "name": name, "in": "query", "required": required.contains(&name.as_str()), "schema": bare(property) });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            parameters.push(parameter);
        }
    }
    if let Some(required) = route.shape.if_match {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": required,
            "description": "The ETag that was read, or *.",
            "schema": { "type": "string" }, "example": "\"1\"",
        }));
    }
    if route.shape.tagged {
        parameters.push(json!({
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The ETag that was read before: 304 when it is still the present one.",
            "schema": { "type": "string" }, "example": "\"1\"",
        }));
    }
    if route.idempotency != Idempotency::Ignored {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": route.idempotency != Idempotency::Optional,
            "description": "A repetition under the same key within 24 h gets the first answer again.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
        }));
    }
    parameters
}

/// A parameter that isn't sent has no value: `null` is no part of its type.
fn bare(mut schema: Value) -> Value {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(choices) = schema.get_mut("oneOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice["type"] != "null");
        if let [only] = choices.as_slice() {
            return only.clone();
        }
    }
    schema
}

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let shape = &route.shape;
    let mut responses = Map::new();
    let mut success = json!({ "description": success(shape.status), "headers": success_headers(route) });
    if let Some(schema) = (shape.response)(schemas) {
        success["content"] = json!({ shape.content_type: { "schema": schema } });
    }
    if shape.may_lead_elsewhere {
        let mut elsewhere = json!({ "description": self::success(303), "headers": success_headers(route) });
        elsewhere["headers"]["Location"] = json!({ "$ref": "#/components/headers/Location" });
        responses.insert("303".into(), elsewhere);
    }
    if shape.gives_again {
        let mut again = success.clone();
        again["description"] = "It was there already, and is given again.".into();
        if let Some(headers) = again["headers"].as_object_mut() {
            headers.remove("Location");
        }
        responses.insert("200".into(), again);
    }
    responses.insert(shape.status.to_string(), success);
    if shape.tagged {
        responses
            .insert("304".into(), json!({ "description": "Not modified: the ETag in If-None-Match is still the present one." }));
    }
    for status in statuses(route) {
        let codes: Vec<&str> = KINDS.iter().filter(|(_, of, _)| *of == status).map(|(code, ..)| *code).collect();
        let mut description = format!("A problem: `{}`", codes.join("`, `"));
        for (_, code, meaning) in shape.refusals.iter().filter(|(of, ..)| *of == status) {
            description.push_str(&format!("; `{code}`: {meaning}"));
        }
        let mut content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
        if matches!(status, 413 | 429 | 500 | 503) {
            content["application/json"] = json!({ "schema": { "$ref": "#/components/schemas/GatewayMessage" } });
        }
        responses.insert(status.to_string(), json!({ "description": description, "content": content }));
    }
    let too_long = "The request line and the headers take more than 10,240 bytes together.";
    let message = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/GatewayMessage" } } });
    responses.insert("431".into(), json!({ "description": too_long, "content": message }));
    Value::Object(responses)
}

fn is_for_anybody(route: &Route) -> bool {
    !matches!(route.access, Access::Permit(_))
}

/// The problems a route can answer.
fn statuses(route: &Route) -> Vec<u16> {
    let mut statuses = vec![400, 403, 413, 422, 429, 500, 503];
    if !is_for_anybody(route) {
        statuses.push(401);
    }
    if route.path.contains('{') {
        statuses.push(404);
    }
    if route.shape.request.is_some() {
        statuses.push(415);
    }
    if route.method != http::Method::GET {
        statuses.push(409);
        if is_for_anybody(route) {
            statuses.push(401);
        }
    }
    statuses.extend(route.shape.refusals.iter().map(|(status, ..)| *status));
    match route.shape.if_match {
        Some(true) => statuses.extend([412, 428]),
        Some(false) => statuses.push(412),
        None => {}
    }
    statuses
}

fn success(status: u16) -> &'static str {
    match status {
        201 => "Created.",
        202 => "Accepted: it will be done.",
        204 => "Done. No content.",
        303 => "It is to be had elsewhere: get it there, without credentials.",
        _ => "Done.",
    }
}

fn success_headers(route: &Route) -> Value {
    let mut names = vec!["X-Request-Id"];
    if route.access != Access::Open {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    if route.shape.tagged {
        names.push("ETag");
    }
    if route.shape.status == 201 {
        names.push("Location");
    }
    if route.idempotency != Idempotency::Ignored {
        names.push("Idempotent-Replayed");
    }
    let headers: Map<String, Value> =
        names.into_iter().map(|name| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))).collect();
    Value::Object(headers)
}

fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "X-Request-Id": text("The request's id: the client's if it sent a well-formed one, else ours. Every log line of the request carries it."),
        "RateLimit-Policy": text("The limit that counts this request, such as \"caller\";q=1000;w=3600."),
        "RateLimit": text("How many requests are left, and the seconds until there are more, such as \"caller\";r=999;t=3600."),
        "ETag": text("The version of what was read, for If-Match and If-None-Match."),
        "Location": text("Where the new thing, or what was asked for, is."),
        "Idempotent-Replayed": text("true when this is the kept answer of an earlier request."),
    })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "An error (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "code", "requestId"],
        "properties": {
            "type": { "type": "string", "description": "A page that explains this kind of problem.", "example": "/problems/invalid-request" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What is wrong in this case, and what to change." },
            "instance": { "type": "string", "description": "The path of the request." },
            "code": { "type": "string", "description": "The kind, for programs. Stable." },
            "requestId": { "type": "string", "description": "Tell us this id when you report the problem." },
            "errors": {
                "type": "array",
                "description": "Every value that can't be accepted.",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "properties": {
                        "pointer": { "type": "string", "description": "A JSON pointer into the body, or `?name` for a query parameter." },
                        "detail": { "type": "string" },
                    },
                },
                "maxItems": MOST_ERRORS,
            },
            "moreErrors": { "type": "integer", "description": "How many values more can't be accepted than `errors` names." },
        },
    })
}
