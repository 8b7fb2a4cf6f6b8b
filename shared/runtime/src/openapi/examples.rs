//! Examples, assembled from the examples of schemas.

use serde_json::{Map, Value, json};

use crate::schema::schemas::Schemas;

/// The time in examples of schemas without one.
const TIME: &str = "2026-11-21T01:00:00.123Z";

/// Returns an example of `schema`: its own, or one assembled from those of its parts. `None` if a
/// required part has none; optional parts are then omitted, nullable ones null.
pub(crate) fn of(schemas: &Schemas, schema: &Value) -> Option<Value> {
    let schema = schemas.resolve(schema);
    if let Some(example) =
        schema.get("example").or_else(|| schema["examples"].get(0)).or_else(|| schema.get("const"))
    {
        return Some(example.clone());
    }
    if let Some(choice) = schema.get("default").or_else(|| schema["enum"].get(0)) {
        return Some(choice.clone());
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| of(schemas, part));
        return parts
            .collect::<Option<Vec<_>>>()
            .and_then(|parts| parts.into_iter().reduce(merged));
    }
    if let Some(branches) = schema["oneOf"].as_array() {
        return branches
            .iter()
            .filter(|branch| branch["type"] != "null")
            .find_map(|branch| of(schemas, branch));
    }
    if let Some(properties) = schema["properties"].as_object() {
        return object(schemas, schema, properties);
    }
    if let Some(items) = schema.get("items") {
        return of(schemas, items).map(|item| json!([item]));
    }
    match (&schema["type"], schema["format"].as_str()) {
        (Value::Array(types), _) if types.iter().any(|name| name == "null") => Some(Value::Null),
        (_, Some("date-time")) => Some(TIME.into()),
        // An object of any form.
        (Value::String(kind), _) if kind == "object" => Some(json!({})),
        _ => None,
    }
}

fn object(schemas: &Schemas, schema: &Value, properties: &Map<String, Value>) -> Option<Value> {
    let is_required = |name: &String| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|other| other == name))
    };
    let mut members = Map::new();
    for (name, property) in properties {
        match of(schemas, property) {
            Some(Value::Null) if !is_required(name) => {}
            Some(example) => {
                members.insert(name.clone(), example);
            }
            None if is_required(name) => return None,
            None => {}
        }
    }
    Some(Value::Object(members))
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut members), Value::Object(more)) => {
            members.extend(more);
            Value::Object(members)
        }
        (one, _) => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(schema: Value) -> Option<Value> {
        of(&Schemas::with_common(), &schema)
    }

    #[test]
    fn an_example_is_made_of_its_parts() {
        let schema = json!({
            "type": "object",
            "required": ["id", "state", "at", "lines", "gone"],
            "properties": {
                "id": { "type": "string", "examples": ["a", "b"] },
                "state": { "type": "string", "enum": ["open", "closed"] },
                "at": { "type": "string", "format": "date-time" },
                "lines": { "type": "array", "items": { "type": "integer", "example": 3 } },
                "gone": { "type": ["string", "null"], "format": "date-time" },
                "note": { "type": ["string", "null"] },
                "page": { "$ref": "#/components/schemas/Pagination" },
                "choice": { "oneOf": [{ "type": "null" }, { "type": "boolean", "example": true }] },
            },
        });
        let wanted = json!({
            "id": "a", "state": "open", "at": TIME, "lines": [3], "gone": null,
            "page": { "cursor": null, "hasMore": false }, "choice": true,
        });
        assert_eq!(example(schema), Some(wanted));
    }

    #[test]
    fn parts_of_an_object_are_put_together() {
        let part = |name: &str| json!({ "type": "object", "required": [name], "properties": { name: { "example": name } } });
        assert_eq!(
            example(json!({ "allOf": [part("a"), part("b")] })),
            Some(json!({ "a": "a", "b": "b" }))
        );
    }

    #[test]
    fn what_has_no_example_is_not_guessed() {
        assert_eq!(example(json!({ "type": "string" })), None);
        let needed = json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } });
        assert_eq!(example(needed), None);
        assert_eq!(
            example(json!({ "type": "object", "properties": { "a": { "type": "integer" } } })),
            Some(json!({}))
        );
    }
}
