//! The parameters of a template: the given value or else the default, checked against the
//! declaration.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::Value;

use super::error::{Place, TemplateError};
use super::properties::scalar_text;

/// Returns the value of every declared parameter.
pub(super) fn bind(
    document: &Value,
    mut given: BTreeMap<String, Value>,
    place: &Place,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    let mut bound = BTreeMap::new();
    for (name, declaration) in document["Parameters"].as_object().into_iter().flatten() {
        let place = place.at("Parameters").at(name);
        let Some(value) = given.remove(name).or_else(|| declaration.get("Default").cloned()) else {
            return Err(place.error(format!(
                "the parameter has no value; give it a Default or pass --parameter {name}=…"
            )));
        };
        bound.insert(name.clone(), typed(value, declaration, &place)?);
    }
    match given.into_keys().next() {
        Some(unknown) => Err(place.error(format!(
            "there is no parameter {unknown}; declare it under Parameters or don't pass it"
        ))),
        None => Ok(bound),
    }
}

/// Returns a list type's value as a list, any other as a string.
fn typed(value: Value, declaration: &Value, place: &Place) -> Result<Value, TemplateError> {
    let kind = declaration["Type"].as_str().unwrap_or("String");
    let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let texts: Vec<String> = match value {
        Value::Array(items) => items.iter().filter_map(scalar_text).collect(),
        scalar => match scalar_text(&scalar) {
            Some(text) if is_list => text
                .split(',')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect(),
            Some(text) => vec![text],
            None => return Err(place.error("the value is neither a string nor a list")),
        },
    };
    let texts = if is_list { texts } else { vec![texts.join(",")] };
    for text in &texts {
        check(text, kind, declaration)
            .map_err(|problem| refusal(text, &problem, declaration, place))?;
    }
    Ok(if is_list {
        Value::Array(texts.into_iter().map(Value::String).collect())
    } else {
        Value::String(texts.concat())
    })
}

/// Returns CloudFormation's message for a value that a declaration doesn't allow, with the
/// declaration's `ConstraintDescription`.
fn refusal(text: &str, problem: &str, declaration: &Value, place: &Place) -> TemplateError {
    // The value of a secret parameter is not shown, as in CloudFormation.
    let shown =
        if declaration["NoEcho"] == true { "the value".to_owned() } else { format!("{text:?}") };
    let hint = declaration["ConstraintDescription"]
        .as_str()
        .map(|hint| format!(": {hint}"))
        .unwrap_or_default();
    place.error(format!("{shown} {problem}{hint}"))
}

/// Checks one value against its declaration (CloudFormation user guide, "Parameters",
/// "Properties").
fn check(text: &str, kind: &str, declaration: &Value) -> Result<(), String> {
    if let Some(allowed) = declaration["AllowedValues"].as_array() {
        let allowed: Vec<String> = allowed.iter().filter_map(scalar_text).collect();
        if !allowed.iter().any(|allowed| allowed == text) {
            return Err(format!("is not allowed; choose one of {}", allowed.join(", ")));
        }
    }
    if kind == "Number" || kind == "List<Number>" {
        check_number(text, declaration)
    } else {
        check_text(text, declaration)
    }
}

fn check_number(text: &str, declaration: &Value) -> Result<(), String> {
    let limit = |name: &str| {
        Some((
            scalar_text(&declaration[name])?.parse::<f64>().ok()?,
            scalar_text(&declaration[name])?,
        ))
    };
    let number =
        text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or("is not a number")?;
    match (limit("MinValue"), limit("MaxValue")) {
        (Some((least, shown)), _) if number < least => Err(format!("is less than {shown}")),
        (_, Some((most, shown))) if number > most => Err(format!("is more than {shown}")),
        _ => Ok(()),
    }
}

fn check_text(text: &str, declaration: &Value) -> Result<(), String> {
    let limit = |name: &str| scalar_text(&declaration[name])?.parse::<usize>().ok();
    let length = text.chars().count();
    if let Some(least) = limit("MinLength").filter(|least| length < *least) {
        return Err(format!("has {length} characters; the minimum is {least}"));
    }
    if let Some(most) = limit("MaxLength").filter(|most| length > *most) {
        return Err(format!("has {length} characters; the maximum is {most}"));
    }
    if let Some(pattern) = declaration["AllowedPattern"].as_str() {
        // The whole value must match, as if the pattern began with ^ and ended with $.
        let whole = Regex::new(&format!("^(?:{pattern})$"));
        let whole = whole.map_err(|error| {
            format!(
                "can't be checked: the local stack can't parse the AllowedPattern {pattern}: \
                 {error}"
            )
        })?;
        if !whole.is_match(text) {
            return Err(format!("does not match {pattern}"));
        }
    }
    Ok(())
}
