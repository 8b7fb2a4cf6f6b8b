//! Typed access to the resolved properties of one resource.

use std::time::Duration;

use serde_json::{Map, Value};

use super::error::{Place, TemplateError};

/// The resolved properties of one resource.
pub(super) struct Properties {
    values: Map<String, Value>,
    pub(super) place: Place,
}

impl Properties {
    /// Returns empty properties at this place.
    pub(super) fn none(place: Place) -> Self {
        Self { values: Map::new(), place }
    }

    /// Returns nested properties.
    pub(super) fn from_value(value: Value, place: Place) -> Result<Self, TemplateError> {
        match value {
            Value::Object(values) => Ok(Self { values, place }),
            _ => Err(place.error("expected properties")),
        }
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, TemplateError> {
        match self.values.get(name) {
            None => Ok(None),
            Some(value) => match scalar_text(value) {
                Some(text) => Ok(Some(text)),
                None => Err(self.place.at(name).error("expected a string")),
            },
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<String, TemplateError> {
        self.text(name)?.ok_or_else(|| self.place.error(format!("{name} is missing; add it")))
    }

    /// Returns a number, which CloudFormation also accepts as a string.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, TemplateError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| self.place.at(name).error(format!("{text:?} is not a whole number")))
    }

    pub(super) fn decimal(&self, name: &str) -> Result<Option<f64>, TemplateError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| self.place.at(name).error(format!("{text:?} is not a number")))
    }

    pub(super) fn size(&self, name: &str, default: usize) -> Result<usize, TemplateError> {
        match self.number(name)? {
            None => Ok(default),
            Some(number) => usize::try_from(number)
                .map_err(|_| self.place.at(name).error("the number must not be negative")),
        }
    }

    pub(super) fn seconds(&self, name: &str, default: u64) -> Result<Duration, TemplateError> {
        match self.number(name)? {
            None => Ok(Duration::from_secs(default)),
            Some(number) => u64::try_from(number).map(Duration::from_secs).map_err(|_| {
                self.place.at(name).error("the number of seconds must not be negative")
            }),
        }
    }

    pub(super) fn truth(&self, name: &str, default: bool) -> Result<bool, TemplateError> {
        match self.text(name)?.as_deref() {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(self.place.at(name).error("expected true or false")),
        }
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, TemplateError> {
        match self.values.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| {
                    scalar_text(item)
                        .ok_or_else(|| self.place.at(name).error("expected a list of strings"))
                })
                .collect(),
            Some(scalar) => Ok(scalar_text(scalar).into_iter().collect()),
        }
    }

    pub(super) fn list(&self, name: &str) -> Result<Vec<Value>, TemplateError> {
        match self.values.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items.clone()),
            Some(one) => Ok(vec![one.clone()]),
        }
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Map<String, Value>>, TemplateError> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object.clone())),
            Some(_) => Err(self.place.at(name).error("expected an object")),
        }
    }

    /// Returns the properties nested in this one.
    pub(super) fn within(&self, name: &str) -> Result<Option<Self>, TemplateError> {
        Ok(self.object(name)?.map(|values| Self { values, place: self.place.at(name) }))
    }
}

/// Returns a scalar as CloudFormation converts it to a string.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
