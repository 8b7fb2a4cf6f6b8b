//! The parameters of a template: what was given, else the default, checked against what the declaration allows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::{Place, TemplateError};
use super::properties::scalar_text;

/// Gives every declared parameter its value.
pub(super) fn bind(
    document: &Value,
    mut given: BTreeMap<String, Value>,
    place: &Place,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    let mut bound = BTreeMap::new();
    for (name, declaration) in document["Parameters"].as_object().into_iter().flatten() {
        let place = place.at("Parameters").at(name);
        let Some(value) = given.remove(name).or_else(|| declaration.get("Default").cloned()) else {
            return Err(place.error(format!("the parameter has no value; give it a Default or pass --parameter {name}=…")));
        };
        bound.insert(name.clone(), typed(value, declaration, &place)?);
    }
    match given.into_keys().next() {
        Some(unknown) => Err(place.error(format!("there is no parameter {unknown}; declare it under Parameters or don't pass it"))),
        None => Ok(bound),
    }
}

/// A list type's value as a list, any other as text.
fn typed(value: Value, declaration: &Value, place: &Place) -> Result<Value, TemplateError> {
    let kind = declaration["Type"].as_str().unwrap_or("String");
    let texts: Vec<String> = match value {
        Value::Array(items) => items.iter().filter_map(scalar_text).collect(),
        scalar => match scalar_text(&scalar) {
            Some(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
            }
            Some(text) => vec![text],
            None => return Err(place.error("the value is neither a text nor a list")),
        },
    };
    if let Some(allowed) = declaration["AllowedValues"].as_array() {
        let allowed: Vec<String> = allowed.iter().filter_map(scalar_text).collect();
        if let Some(wrong) = texts.iter().find(|text| !allowed.contains(text)) {
            let described = declaration["ConstraintDescription"].as_str().map(|text| format!(": {text}")).unwrap_or_default();
            return Err(place.error(format!("{wrong:?} is not allowed; choose one of {}{described}", allowed.join(", "))));
        }
    }
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        return Ok(Value::Array(texts.into_iter().map(Value::String).collect()));
    }
    let text = texts.join(",");
    if kind == "Number" && text.parse::<f64>().is_err() {
        return Err(place.error(format!("{text:?} is not a number")));
    }
    Ok(Value::String(text))
}
