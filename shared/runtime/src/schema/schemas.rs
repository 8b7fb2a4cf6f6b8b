//! The schemas of the input and output of routes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::response::reply::{Empty, Many, Raw, Reply};
use crate::response::violations::MOST_ERRORS;

/// The named schemas of the document, collected while its operations are described.
#[derive(Debug, Default)]
pub struct Schemas(BTreeMap<String, Value>);

/// A response that can describe its body.
pub trait BodyOf {
    /// The status of its success.
    const STATUS: u16 = 200;
    /// Returns the schema of its body, if it has one.
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

impl Schemas {
    /// Creates a collection with the schemas that every document has.
    pub(crate) fn with_common() -> Self {
        let common = [
            ("Problem", problem()),
            ("GatewayMessage", gateway_message()),
            ("Pagination", pagination()),
        ];
        Self(common.map(|(name, schema)| (name.to_owned(), schema)).into())
    }

    /// Returns a reference to the schema of `T`, which is added together with those it refers to.
    /// With `closed`, objects allow no unknown members, as in requests.
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

    /// Returns the schema with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Follows a reference to its schema, or returns the schema itself.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        name.and_then(|name| self.get(name)).map_or(schema, |schema| self.resolve(schema))
    }

    /// Returns all schemas by name.
    pub(crate) fn into_components(self) -> BTreeMap<String, Value> {
        self.0
    }
}

/// Serialises a schema as JSON.
pub(crate) fn to_json(schema: &impl serde::Serialize) -> Value {
    let mut schema = serde_json::to_value(schema).unwrap_or_default();
    unwrap_annotated(&mut schema);
    schema
}

/// Merges the annotations of a member into the member's own schema. utoipa writes `allOf` of the
/// two, and gives the second the type object, which no text can match. For a nullable text, it
/// writes `oneOf`.
fn unwrap_annotated(schema: &mut Value) {
    if let Some([one, Value::Object(other)]) = schema["allOf"].as_array().map(Vec::as_slice)
        && other
            .keys()
            .all(|name| ["type", "description", "default", "example"].contains(&name.as_str()))
        && let Value::Object(mut merged) = one.clone()
    {
        merged.extend(
            other
                .iter()
                .filter(|(name, _)| *name != "type")
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        *schema = Value::Object(merged);
    }
    if let Some([Value::Object(text), null]) = schema["oneOf"].as_array().map(Vec::as_slice)
        && text.get("type").is_some_and(|kind| kind == "string")
        && !text.contains_key("enum")
        && *null == json!({ "type": "null" })
    {
        let mut text = text.clone();
        text.insert("type".to_owned(), json!(["string", "null"]));
        if let Value::Object(members) = schema {
            members.remove("oneOf");
            members.extend(text);
        }
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(unwrap_annotated),
        Value::Array(items) => items.iter_mut().for_each(unwrap_annotated),
        _ => {}
    }
}

/// Disallows additional members in every object of `schema`.
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

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "An error (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "code", "requestId"],
        "properties": {
            "type": { "type": "string", "description": "The URL of a page that explains this kind \
                 of problem." },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What is wrong in this case and what to \
                 change." },
            "instance": { "type": "string", "description": "The path of the request." },
            "code": { "type": "string", "description": "The machine-readable kind of the problem. \
                 It doesn't change." },
            "requestId": { "type": "string", "description": "The request's ID. Include it when \
                 you report the problem." },
            "errors": {
                "type": "array",
                "description": "Each value that was not accepted.",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "properties": {
                        "pointer": { "type": "string", "description": "A JSON pointer into the \
                             body, or `?name` for a query parameter." },
                        "detail": { "type": "string" },
                    },
                },
                "maxItems": MOST_ERRORS,
            },
            "moreErrors": { "type": "integer", "description": "The number of further values that \
                 were not accepted and are not listed in `errors`." },
        },
    })
}

fn gateway_message() -> Value {
    json!({
        "type": "object",
        "description": "A response of API Gateway itself: its throttling, its 6 MB limit or its \
             30 s limit.",
        "properties": { "message": { "type": "string" } },
    })
}

fn pagination() -> Value {
    json!({
        "type": "object",
        "required": ["cursor", "hasMore"],
        "properties": {
            "cursor": { "type": ["string", "null"], "description": "Pass it as `cursor` to get \
                 the next page; null on the last page." },
            "hasMore": { "type": "boolean", "example": false },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_member_does_not_change_what_fits() {
        let choice =
            json!({ "type": "string", "enum": ["bearer", "cookie"], "description": "In general." });
        let mut schema = json!({ "properties": {
            "mode": { "allOf": [choice, { "type": "object", "default": "bearer", "description": "Here." }] },
            "both": { "allOf": [{ "$ref": "#/a" }, { "type": "object", "properties": { "b": {} } }] },
            "line": { "oneOf": [{ "type": "string", "minLength": 1 }, { "type": "null" }], "description": "Here." },
            "some": { "oneOf": [choice, { "type": "null" }] },
        } });
        let (both, some) =
            (schema["properties"]["both"].clone(), schema["properties"]["some"].clone());
        unwrap_annotated(&mut schema);
        let wanted = json!({ "type": "string", "enum": ["bearer", "cookie"], "default": "bearer", "description": "Here." });
        let line = json!({ "type": ["string", "null"], "minLength": 1, "description": "Here." });
        assert_eq!(
            schema,
            json!({ "properties": { "mode": wanted, "both": both, "line": line, "some": some } })
        );
    }
}
