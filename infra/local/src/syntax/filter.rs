//! Filter patterns of event source mappings.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax>

use serde_json::{Map, Value};

/// Returns whether a value matches a pattern.
pub(crate) fn matches(pattern: &Value, value: &Value) -> bool {
    match pattern {
        Value::Object(fields) => fields.iter().all(|(name, inner)| match (name.as_str(), inner) {
            ("$or", Value::Array(alternatives)) => {
                alternatives.iter().any(|alternative| matches(alternative, value))
            }
            (_, Value::Array(rules)) => field_matches(rules, value.get(name)),
            (_, inner) => value.get(name).is_some_and(|value| matches(inner, value)),
        }),
        _ => false,
    }
}

/// Returns whether a record matches any of the patterns; without patterns, every record does.
pub(crate) fn any_matches(patterns: &[Value], value: &Value) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, value))
}

/// Refuses an invalid pattern, so that a filter never silently drops all records.
pub(crate) fn check(pattern: &Value) -> Result<(), String> {
    let Value::Object(fields) = pattern else { return Err("expected an object".to_owned()) };
    for (name, inner) in fields {
        match inner {
            Value::Object(_) => check(inner)?,
            Value::Array(alternatives) if name == "$or" => {
                alternatives.iter().try_for_each(check)?
            }
            Value::Array(rules) => rules.iter().try_for_each(check_rule)?,
            _ => return Err(format!("{name}: must be a list of values, such as [\"x\"]")),
        }
    }
    Ok(())
}

const RULES: [&str; 6] =
    ["anything-but", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"];

fn check_rule(rule: &Value) -> Result<(), String> {
    match rule {
        Value::Object(object) => match object.keys().find(|name| !RULES.contains(&name.as_str())) {
            Some(unknown) => {
                Err(format!("the rule {unknown} is unknown; use one of {}", RULES.join(", ")))
            }
            None => Ok(()),
        },
        Value::Array(_) => Err("nested lists are not supported".to_owned()),
        _ => Ok(()),
    }
}

fn field_matches(rules: &[Value], value: Option<&Value>) -> bool {
    rules.iter().any(|rule| match (rule, value) {
        (Value::Object(rule), value) => rule_matches(rule, value),
        (exact, Some(Value::Array(values))) => values.contains(exact),
        (exact, Some(value)) => exact == value,
        (_, None) => false,
    })
}

fn rule_matches(rule: &Map<String, Value>, value: Option<&Value>) -> bool {
    rule.iter().all(|(name, operand)| {
        let text = value.and_then(Value::as_str);
        match (name.as_str(), operand) {
            ("exists", Value::Bool(wanted)) => {
                value.is_some_and(|value| !value.is_object()) == *wanted
            }
            ("prefix", Value::String(prefix)) => {
                text.is_some_and(|text| text.starts_with(prefix.as_str()))
            }
            ("suffix", Value::String(suffix)) => {
                text.is_some_and(|text| text.ends_with(suffix.as_str()))
            }
            ("equals-ignore-case", Value::String(other)) => {
                text.is_some_and(|text| text.to_lowercase() == other.to_lowercase())
            }
            ("anything-but", Value::Array(others)) => {
                value.is_some_and(|value| !others.contains(value))
            }
            ("anything-but", Value::Object(inner)) => {
                value.is_some() && !rule_matches(inner, value)
            }
            ("anything-but", other) => value.is_some_and(|value| value != other),
            ("numeric", Value::Array(terms)) => {
                value.and_then(Value::as_f64).is_some_and(|number| in_range(terms, number))
            }
            _ => false,
        }
    })
}

/// Evaluates `[">", 0, "<=", 5]`.
fn in_range(terms: &[Value], number: f64) -> bool {
    terms.len().is_multiple_of(2)
        && terms.chunks(2).all(|term| match (term[0].as_str(), term[1].as_f64()) {
            (Some("="), Some(limit)) => number == limit,
            (Some("<"), Some(limit)) => number < limit,
            (Some("<="), Some(limit)) => number <= limit,
            (Some(">"), Some(limit)) => number > limit,
            (Some(">="), Some(limit)) => number >= limit,
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stream_records_are_filtered() {
        let pattern = json!({ "eventName": ["INSERT"], "dynamodb": { "Keys": { "sk": { "S": [{ "prefix": "EVENT#" }] } } } });
        let record = |name: &str, sk: &str| json!({ "eventName": name, "dynamodb": { "Keys": { "sk": { "S": sk } } } });
        assert!(matches(&pattern, &record("INSERT", "EVENT#1")));
        assert!(!matches(&pattern, &record("MODIFY", "EVENT#1")));
        assert!(!matches(&pattern, &record("INSERT", "STATE")));
    }

    #[test]
    fn every_rule_is_supported() {
        for (pattern, value, expected) in [
            (json!({ "a": [1, "x"] }), json!({ "a": "x" }), true),
            (json!({ "a": ["x"] }), json!({ "a": ["y", "x"] }), true),
            (json!({ "a": [{ "exists": false }] }), json!({}), true),
            (json!({ "a": [{ "exists": true }] }), json!({}), false),
            (json!({ "a": [{ "suffix": ".png" }] }), json!({ "a": "b.png" }), true),
            (json!({ "a": [{ "anything-but": ["x"] }] }), json!({ "a": "x" }), false),
            (json!({ "a": [{ "anything-but": { "prefix": "x" } }] }), json!({ "a": "y" }), true),
            (json!({ "a": [{ "numeric": [">", 1, "<=", 3] }] }), json!({ "a": 3 }), true),
            (json!({ "a": [{ "numeric": [">", 3] }] }), json!({ "a": 3 }), false),
            (json!({ "a": [{ "equals-ignore-case": "X" }] }), json!({ "a": "x" }), true),
            (json!({ "$or": [{ "a": [1] }, { "b": [2] }] }), json!({ "b": 2 }), true),
        ] {
            assert_eq!(matches(&pattern, &value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn invalid_patterns_are_rejected() {
        assert!(check(&json!({ "a": "x" })).is_err());
        assert!(check(&json!({ "a": [{ "starts-with": "x" }] })).is_err());
        assert!(check(&json!({ "a": { "b": [{ "prefix": "x" }, null] } })).is_ok());
    }
}
