//! The expectations of a schema: whether a value conforms, the description of what is expected, and
//! a sample value.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::strict::whole;
use crate::schema::schemas::Schemas;

/// The most values of an enumeration that are written out.
const MOST_NAMED: usize = 20;

/// The schema behind references, and for `oneOf` the branch that is not null; none when null is
/// allowed and given, or any of several branches may be meant.
pub(crate) fn resolve<'s>(
    schemas: &'s Schemas,
    schema: &'s Value,
    value: &Value,
) -> Option<&'s Value> {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return schemas.get(name).and_then(|schema| resolve(schemas, schema, value));
    }
    if let Some(first) = schema["allOf"].get(0) {
        return resolve(schemas, first, value);
    }
    let Some(branches) = schema["oneOf"].as_array() else { return Some(schema) };
    let mut others = branches.iter().filter(|branch| branch["type"] != "null");
    let nullable = branches.iter().any(|branch| branch["type"] == "null");
    match (others.next(), others.next()) {
        (Some(only), None) if !nullable || !value.is_null() => resolve(schemas, only, value),
        _ => None,
    }
}

/// Returns the violation of a value itself, without its members.
pub(crate) fn violated(value: &Value, schema: &Value) -> Option<String> {
    let types = types(schema);
    if !types.is_empty() && !types.iter().any(|name| is(name, value)) {
        return Some(expectation_of(schema));
    }
    if let (Some(allowed), false) = (schema["enum"].as_array(), value.is_null())
        && !allowed.contains(value)
    {
        return Some(expectation_of(schema));
    }
    if let (Some(format), Some(text)) = (schema["format"].as_str(), value.as_str()) {
        let good = match format {
            "date-time" => is_rfc3339(text),
            "date" => text.len() == 10 && text.parse::<Date>().is_ok(),
            _ => true,
        };
        if !good {
            return Some(expectation_of(schema));
        }
    }
    beyond_limits(value, schema)
}

/// Returns the text that describes the expected value: "must be one of …".
pub(crate) fn expectation(schemas: &Schemas, schema: &Value) -> String {
    resolve(schemas, schema, &json!(false))
        .map_or_else(|| "is not valid here".to_owned(), expectation_of)
}

fn expectation_of(schema: &Value) -> String {
    let types = types(schema);
    let or_null = if types.contains(&"null") { ", or null" } else { "" };
    let example = example(schema).and_then(Value::as_str);
    if let Some(allowed) = schema["enum"].as_array() {
        let names: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        if names.len() <= MOST_NAMED {
            return format!("must be one of {}{or_null}", names.join(", "));
        }
        let example = example.or(names.first().copied()).unwrap_or_default();
        return format!(
            "must be one of the values in the OpenAPI document, such as {example}{or_null}"
        );
    }
    match schema["format"].as_str() {
        Some("date-time") => {
            return format!(
                "must be an RFC 3339 time from the year 0000 to 9999-12-30, such as \
                 2027-11-21T00:00:00Z{or_null}"
            );
        }
        Some("date") => return format!("must be a date such as 2026-12-06{or_null}"),
        _ => {}
    }
    let kinds: Vec<&str> =
        types.iter().filter(|kind| **kind != "null").map(|kind| article(kind)).collect();
    let what = if kinds.is_empty() { "another value".to_owned() } else { kinds.join(" or ") };
    let range = match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (None, None) => String::new(),
    };
    let such = example
        .filter(|_| schema["pattern"].is_string())
        .map_or_else(String::new, |example| format!(" such as {example}"));
    format!("must be {what}{range}{such}{or_null}")
}

/// A value that the schema allows: the one that it gives as an example, or the simplest.
pub(crate) fn sample(schemas: &Schemas, schema: &Value) -> Value {
    if let Some(example) = example(schema) {
        return example.clone();
    }
    if types(schema).contains(&"null")
        || schema["oneOf"].as_array().is_some_and(|of| of.iter().any(|one| one["type"] == "null"))
    {
        return Value::Null;
    }
    let Some(schema) = resolve(schemas, schema, &json!(false)) else {
        return schema["oneOf"].get(0).map_or(Value::Null, |first| sample(schemas, first));
    };
    if let Some(example) = example(schema) {
        return example.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match (types(schema).first().copied(), schema["format"].as_str()) {
        (Some("string"), Some("date-time")) => json!("2026-01-01T00:00:00Z"),
        (Some("string"), Some("date")) => json!("2026-01-01"),
        (Some("string"), Some("email")) => json!("ada@example.com"),
        (Some("string"), _) => {
            json!("x".repeat(schema["minLength"].as_u64().unwrap_or(1).clamp(1, 1000) as usize))
        }
        (Some("integer" | "number"), _) => {
            schema.get("minimum").cloned().unwrap_or_else(|| json!(0))
        }
        (Some("boolean"), _) => json!(false),
        (Some("array"), _) => {
            let least = schema["minItems"].as_u64().unwrap_or(0).min(100);
            (0..least).map(|_| sample(schemas, &schema["items"])).collect()
        }
        (Some("object"), _) => {
            let required =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            Value::Object(
                required
                    .map(|name| (name.to_owned(), sample(schemas, &schema["properties"][name])))
                    .collect::<Map<_, _>>(),
            )
        }
        _ => Value::Null,
    }
}

fn example(schema: &Value) -> Option<&Value> {
    schema.get("example").or_else(|| schema["examples"].get(0))
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn article(kind: &str) -> &'static str {
    match kind {
        "boolean" => "true or false",
        "string" => "a text",
        "number" => "a number",
        "integer" => "an integer",
        "array" => "a list",
        "object" => "an object",
        _ => "another value",
    }
}

/// Returns whether a text is an RFC 3339 time with a four-digit year, within the supported range.
fn is_rfc3339(text: &str) -> bool {
    let four_digits = text.len() > 4
        && text.as_bytes()[..4].iter().all(u8::is_ascii_digit)
        && text.as_bytes()[4] == b'-';
    four_digits && text.len() <= 40 && text.parse::<Timestamp>().is_ok()
}

/// Returns the limit of JSON Schema that a number, a string or a list exceeds.
fn beyond_limits(value: &Value, schema: &Value) -> Option<String> {
    let (size, least, most, verb, unit) = match value {
        Value::Number(number) => (number.as_f64()?, "minimum", "maximum", "be", ""),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a body can have at most a million \
         characters"
        )]
        Value::String(text) => {
            (text.chars().count() as f64, "minLength", "maxLength", "have", "character")
        }
        #[expect(clippy::cast_precision_loss, reason = "a body can have at most a million entries")]
        Value::Array(items) => (items.len() as f64, "minItems", "maxItems", "have", "entry"),
        _ => return None,
    };
    let counted = |limit: f64| match (unit, limit == 1.0) {
        ("", _) => String::new(),
        ("entry", false) => " entries".to_owned(),
        (unit, true) => format!(" {unit}"),
        (unit, false) => format!(" {unit}s"),
    };
    match (schema[least].as_f64(), schema[most].as_f64()) {
        (Some(least), _) if size < least => {
            Some(format!("must {verb} at least {least}{}", counted(least)))
        }
        (_, Some(most)) if size > most => {
            Some(format!("must {verb} at most {most}{}", counted(most)))
        }
        _ => None,
    }
}

/// Returns whether a value has a type of JSON Schema.
fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_number().and_then(whole).is_some()
        }
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}
