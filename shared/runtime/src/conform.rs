//! Everything about a body's shape that its schema doesn't allow, all at once.
//!
//! Serde stops at the first member that is missing, of another type or out of its range. So when it refuses a body, the schema that describes the body
//! to clients is asked what else is wrong: a second look, at no cost to requests that are right.

use builder_core::error::Violation;
use serde_json::Value;
use utoipa::ToSchema;

use crate::input::{UNKNOWN, escaped};
use crate::openapi::Schemas;
use crate::strict::whole;

/// Members of `body` that are missing, unknown, of another type or out of their limits, at any depth, going by the schema of `T`.
pub(crate) fn violations<T: ToSchema>(body: &Value) -> Vec<Violation> {
    let mut schemas = Schemas::default();
    let schema = schemas.reference::<T>(true);
    let mut check = Check { schemas, found: Vec::new() };
    check.value("", body, &schema);
    check.found
}

struct Check {
    schemas: Schemas,
    found: Vec<Violation>,
}

impl Check {
    fn value(&mut self, pointer: &str, value: &Value, schema: &Value) {
        let Some(schema) = self.resolve(schema, value) else { return };
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|name| is(name, value)) {
            self.found.push(Violation::new(pointer, format!("must be {}", types.join(" or "))));
            return;
        }
        if let Some(detail) = beyond_limits(value, &schema) {
            self.found.push(Violation::new(pointer, detail));
        }
        if let Value::Object(members) = value {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for name in required.filter(|name| !members.contains_key(*name)) {
                self.found.push(Violation::new(format!("{pointer}/{name}"), "is missing"));
            }
            for (name, member) in members {
                let pointer = format!("{pointer}/{}", escaped(name));
                match &schema["properties"] {
                    Value::Object(known) if !known.contains_key(name) => self.found.push(Violation::new(pointer, UNKNOWN)),
                    known => self.value(&pointer, member, &known[name]),
                }
            }
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.value(&format!("{pointer}/{index}"), item, &schema["items"]);
        }
    }

    /// The schema behind references, and for `oneOf` the branch that is not null; none when null is allowed and given.
    fn resolve(&self, schema: &Value, value: &Value) -> Option<Value> {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return self.schemas.get(name).and_then(|schema| self.resolve(schema, value));
        }
        let Some(branches) = schema["oneOf"].as_array() else { return Some(schema.clone()) };
        let (null, other): (Vec<&Value>, Vec<&Value>) = branches.iter().partition(|branch| branch["type"] == "null");
        match other.as_slice() {
            [only] if null.is_empty() || !value.is_null() => self.resolve(only, value),
            _ => None,
        }
    }
}

/// What limit of JSON Schema a number, a text or a list exceeds.
fn beyond_limits(value: &Value, schema: &Value) -> Option<String> {
    let (size, least, most, unit) = match value {
        Value::Number(number) => (number.as_f64()?, "minimum", "maximum", ""),
        #[expect(clippy::cast_precision_loss, reason = "a body has at most a million characters")]
        Value::String(text) => (text.chars().count() as f64, "minLength", "maxLength", " characters"),
        #[expect(clippy::cast_precision_loss, reason = "a body has at most a million entries")]
        Value::Array(items) => (items.len() as f64, "minItems", "maxItems", " entries"),
        _ => return None,
    };
    let limit = |name: &str| schema[name].as_f64();
    match (limit(least), limit(most)) {
        (Some(least), _) if size < least => Some(format!("must be at least {least}{unit}")),
        (_, Some(most)) if size > most => Some(format!("must be at most {most}{unit}")),
        _ => None,
    }
}

/// Whether a value is of a type of JSON Schema.
fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_number().and_then(whole).is_some(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Order {
        items: Vec<Item>,
        #[schema(max_length = 5)]
        note: Option<String>,
        urgent: bool,
        gift: Option<Item>,
    }

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Item {
        product: String,
        #[schema(minimum = 1, maximum = 10)]
        quantity: u32,
    }

    fn pointers(body: &Value) -> Vec<String> {
        violations::<Order>(body).into_iter().map(|violation| format!("{} {}", violation.pointer, violation.detail)).collect()
    }

    #[test]
    fn all_that_is_missing_or_of_another_type_is_told() {
        let body =
            json!({ "items": [{ "product": 1 }, [], { "product": "p", "quantity": 2.0 }], "note": 3, "gift": { "quantity": "x" } });
        let expected = [
            "/urgent is missing",
            "/gift/product is missing",
            "/gift/quantity must be integer",
            "/items/0/quantity is missing",
            "/items/0/product must be string",
            "/items/1 must be object",
            "/note must be string or null",
        ];
        let mut found = pointers(&body);
        found.sort_unstable();
        let mut expected = expected.map(str::to_owned).to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn so_is_all_that_is_unknown_or_beyond_its_limits() {
        let body = json!({ "items": [{ "product": "p", "quantity": 0, "price": 1 }, { "product": "p", "quantity": 11 }], "note": "longer", "urgent": true, "x/y": {} });
        let expected = [
            "/items/0/price is not known here: remove it",
            "/items/0/quantity must be at least 1",
            "/items/1/quantity must be at most 10",
            "/note must be at most 5 characters",
            "/x~1y is not known here: remove it",
        ];
        let mut found = pointers(&body);
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_body_of_the_right_shape_has_none() {
        for body in [json!({ "items": [], "urgent": true }), json!({ "items": [], "note": null, "urgent": true, "gift": null })] {
            assert_eq!(pointers(&body), Vec::<String>::new());
        }
        assert_eq!(pointers(&json!([])), [" must be object"]);
    }
}
