//! The parameters and headers of a request.

use serde_json::{Value, json};

use crate::admission::access::{Access, Idempotency};
use crate::route::Route;
use crate::schema::schemas::Schemas;

/// The parameters of a route.
pub(super) fn of(route: &Route, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = path(route, schemas);
    parameters.extend(query(route, schemas));
    let shape = &route.shape;
    if let Some(required) = shape.if_match {
        let description = "The ETag that was read, or `*`.";
        parameters.push(header(
            "If-Match",
            required,
            description,
            json!({ "type": "string" }),
            "\"1\"",
        ));
    }
    if shape.etag && route.method == http::Method::GET {
        let description = "The ETag of an earlier response. If it is still current, the response \
         is 304.";
        parameters.push(header(
            "If-None-Match",
            false,
            description,
            json!({ "type": "string" }),
            "\"1\"",
        ));
    }
    if route.idempotency != Idempotency::Ignored {
        let required = route.idempotency != Idempotency::Optional;
        let description = "Repeating the request with the same key within 24 hours returns the first response \
             again.";
        let schema =
            json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" });
        parameters.push(header(
            "Idempotency-Key",
            required,
            description,
            schema,
            "8f14e45f-ceea-467f-a9a8-1b2c3d4e5f60",
        ));
    }
    if matches!(route.access, Access::Permit(_) | Access::PublicOr(_)) && !route.method.is_safe() {
        let description = "For browsers that signed in with cookies: the `csrfToken` that signing \
         in or refreshing returned.";
        parameters.push(header(
            "X-CSRF-Token",
            false,
            description,
            json!({ "type": "string" }),
            "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k",
        ));
    }
    if let Some([name, description, example]) = shape.header {
        parameters.push(header(name, true, description, json!({ "type": "string" }), example));
    }
    parameters
}

fn header(name: &str, required: bool, description: &str, schema: Value, example: &str) -> Value {
    json!({ "name": name, "in": "header", "required": required, "description": description, "schema": schema, "example": example })
}

fn path(route: &Route, schemas: &Schemas) -> Vec<Value> {
    let mut noun = "";
    let mut parameters = Vec::new();
    for segment in route.path.split('/') {
        let Some(name) = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'))
        else {
            noun = segment;
            continue;
        };
        let kind = id_of(noun);
        let mut parameter =
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
        if name == "id" && schemas.get(&kind).is_some() {
            parameter["schema"] = json!({ "$ref": format!("#/components/schemas/{kind}") });
        }
        if let Some((_, example)) = route.shape.parameters.iter().find(|(of, _)| *of == name) {
            parameter["example"] = (*example).into();
        }
        parameters.push(parameter);
    }
    parameters
}

/// The schema of the ids of a noun in paths: `ApiKeyId` of `api-keys`.
fn id_of(noun: &str) -> String {
    let words = noun.strip_suffix('s').unwrap_or(noun).split('-');
    let capitalised = words.map(|word| {
        word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default()
    });
    capitalised.collect::<String>() + "Id"
}

/// The path of a route with the examples of its parameters.
pub(super) fn example_path(route: &Route, schemas: &Schemas) -> String {
    let mut example = route.path.to_owned();
    for parameter in path(route, schemas) {
        let value = parameter
            .get("example")
            .or_else(|| schemas.resolve(&parameter["schema"])["examples"].get(0));
        if let (Some(name), Some(value)) =
            (parameter["name"].as_str(), value.and_then(Value::as_str))
        {
            example = example.replace(&format!("{{{name}}}"), value);
        }
    }
    example
}

fn query(route: &Route, schemas: &mut Schemas) -> Vec<Value> {
    let Some(query) = route.shape.query else { return Vec::new() };
    let schema = query(schemas);
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let described = properties.map(|(name, property)| {
        let mut property = property.clone();
        let description = property.as_object_mut().and_then(|property| property.remove("description"));
        let mut parameter =
            json!({ "name": name, "in": "query", "required": required.contains(&name.as_str()), "schema": bare(property) });
        if let Some(description) = description {
            parameter["description"] = description;
        }
        parameter
    });
    described.collect()
}

/// Parameters can be omitted, but not null.
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
