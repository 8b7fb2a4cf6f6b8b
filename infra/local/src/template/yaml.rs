//! A template file as JSON, with the short tags (`!Ref`, `!Sub`, …) in their long form.

use std::path::Path;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::error::{Place, TemplateError};

/// Reads one template file.
pub(super) fn read(path: &Path, place: &Place) -> Result<Value, TemplateError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| place.error(format!("the file can't be read: {error}")))?;
    parse(&text, place)
}

/// Parses the text of a template.
pub(super) fn parse(text: &str, place: &Place) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text).map_err(|error| {
        place.error(format!("line {}: not YAML: {}", error.marker().line(), error.info()))
    })?;
    match documents.as_slice() {
        [one] => to_json(one, place),
        [] => Err(place.error("the file is empty")),
        _ => Err(place.error("the file contains several YAML documents; keep only one")),
    }
}

fn to_json(node: &Yaml<'_>, place: &Place) -> Result<Value, TemplateError> {
    Ok(match node {
        Yaml::Value(scalar) => scalar_to_json(scalar, place)?,
        Yaml::Sequence(items) => {
            let items = items
                .iter()
                .enumerate()
                .map(|(index, item)| to_json(item, &place.at(&index.to_string())));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let key = match to_json(key, place)? {
                    Value::String(text) => text,
                    Value::Number(number) => number.to_string(),
                    Value::Bool(truth) => truth.to_string(),
                    _ => return Err(place.error("a key is not a string")),
                };
                let value = to_json(value, &place.at(&key))?;
                object.insert(key, value);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, inner) => tagged(&tag.suffix, to_json(inner, place)?, place)?,
        Yaml::Representation(text, ..) => Value::String(text.to_string()),
        Yaml::Alias(_) | Yaml::BadValue => {
            return Err(place.error("the value is not valid YAML"));
        }
    })
}

fn scalar_to_json(scalar: &Scalar<'_>, place: &Place) -> Result<Value, TemplateError> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(truth) => Value::Bool(*truth),
        Scalar::Integer(number) => json!(number),
        Scalar::FloatingPoint(number) => serde_json::Number::from_f64(number.into_inner())
            .map(Value::Number)
            .ok_or_else(|| place.error("the number is not finite"))?,
        Scalar::String(text) => Value::String(text.to_string()),
    })
}

fn tagged(tag: &str, inner: Value, place: &Place) -> Result<Value, TemplateError> {
    Ok(match (tag, inner) {
        ("Ref" | "Condition", inner) => json!({ tag: inner }),
        ("GetAtt", Value::String(path)) => match path.split_once('.') {
            Some((resource, attribute)) => json!({ "Fn::GetAtt": [resource, attribute] }),
            None => {
                return Err(place.error(format!(
                    "!GetAtt {path} has no attribute; write !GetAtt {path}.Arn, for example"
                )));
            }
        },
        // The use determines whether it can be evaluated.
        (function, inner) => json!({ format!("Fn::{function}"): inner }),
    })
}
