//! Parameters that are taken one by one; those that remain are unknown.

use std::collections::BTreeMap;

use super::form::{self, Node};
use crate::error::ApiError;

/// The parameters of a call, or of one nested parameter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    /// The name of the parameter that these are part of.
    within: Option<String>,
    fields: BTreeMap<String, Node>,
}

impl Params {
    /// Parses an encoded form or query.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, ApiError> {
        Ok(Self { within: None, fields: form::parse(encoded)? })
    }

    /// Returns the same text for the same parameters in any order.
    pub(crate) fn canonical(&self) -> String {
        serde_json::to_string(&self.fields).unwrap_or_default()
    }

    /// Returns the name of a parameter in errors.
    fn name(&self, field: &str) -> String {
        self.within.as_ref().map_or_else(|| field.to_owned(), |within| format!("{within}[{field}]"))
    }

    /// Takes a text. An empty text requests to unset a value, which not every parameter allows.
    pub(crate) fn text(&mut self, field: &str) -> Result<Option<String>, ApiError> {
        match self.clearable(field)? {
            Some(None) => Err(ApiError::empty(&self.name(field))),
            other => Ok(other.flatten()),
        }
    }

    /// Takes a text; `Some(None)` if the value is to be unset.
    pub(crate) fn clearable(&mut self, field: &str) -> Result<Option<Option<String>>, ApiError> {
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Node::Text(text)) if text.is_empty() => Ok(Some(None)),
            Some(Node::Text(text)) => Ok(Some(Some(text))),
            Some(Node::Map(_)) => {
                let name = self.name(field);
                Err(ApiError::invalid(format!("Invalid string: {name} has parts")).param(&name))
            }
        }
    }

    /// Takes a required text.
    pub(crate) fn required(&mut self, field: &str) -> Result<String, ApiError> {
        self.text(field)?.ok_or_else(|| ApiError::missing(&self.name(field)))
    }

    /// Takes an integer.
    pub(crate) fn integer(&mut self, field: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        let name = self.name(field);
        text.parse().map(Some).map_err(|_| {
            ApiError::invalid(format!("Invalid integer: {text}"))
                .code("parameter_invalid_integer")
                .param(&name)
        })
    }

    /// Takes `true` or `false`.
    pub(crate) fn boolean(&mut self, field: &str) -> Result<Option<bool>, ApiError> {
        match self.text(field)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => {
                Err(ApiError::invalid(format!("Invalid boolean: {other}")).param(&self.name(field)))
            }
        }
    }

    /// Takes one of several values.
    pub(crate) fn one_of(
        &mut self,
        field: &str,
        words: &[&str],
    ) -> Result<Option<String>, ApiError> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        if words.contains(&text.as_str()) {
            return Ok(Some(text));
        }
        let name = self.name(field);
        let (last, others) = words.split_last().unwrap_or((&"", &[]));
        Err(ApiError::invalid(format!(
            "Invalid {name}: must be one of {}, or {last}",
            others.join(", ")
        ))
        .param(&name))
    }

    /// Takes the parts of a nested parameter.
    pub(crate) fn inner(&mut self, field: &str) -> Result<Option<Params>, ApiError> {
        let name = self.name(field);
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Node::Map(fields)) => Ok(Some(Self { within: Some(name), fields })),
            Some(Node::Text(_)) => Err(ApiError::invalid("Invalid object").param(&name)),
        }
    }

    /// Takes the texts of a list.
    pub(crate) fn texts(&mut self, field: &str) -> Result<Option<Vec<String>>, ApiError> {
        let name = self.name(field);
        let Some(list) =
            self.inner(field).map_err(|_| ApiError::invalid("Invalid array").param(&name))?
        else {
            return Ok(None);
        };
        let texts = list.fields.into_values().map(|node| match node {
            Node::Text(text) => Ok(text),
            Node::Map(_) => Err(ApiError::invalid("Invalid array").param(&name)),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// Returns all parts as texts by name, as for metadata.
    pub(crate) fn into_texts(self) -> Result<BTreeMap<String, String>, ApiError> {
        let within = self.within.unwrap_or_default();
        let text = |(name, node)| match node {
            Node::Text(text) => Ok((name, text)),
            Node::Map(_) => Err(ApiError::invalid("Metadata values must be strings")
                .param(&format!("{within}[{name}]"))),
        };
        self.fields.into_iter().map(text).collect()
    }

    /// Returns whether this parameter was given as one text, without nested parameters.
    pub(crate) fn is_text(&self, field: &str) -> bool {
        matches!(self.fields.get(field), Some(Node::Text(_)))
    }

    /// Checks that all parameters were taken.
    ///
    /// # Errors
    /// Stripe's `parameter_unknown` for those that were not.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(field) => {
                let name = self.name(field);
                Err(ApiError::invalid(format!("Received unknown parameter: {name}"))
                    .code("parameter_unknown")
                    .param(&name))
            }
        }
    }
}
