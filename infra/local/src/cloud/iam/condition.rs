//! Conditions of policy statements: the few kinds that this system's policies use.

use super::{Check, glob};

/// `{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["GUARD#*"]}}`: one operator with one key.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    operator: String,
    pub(super) key: String,
    values: Vec<String>,
}

impl Condition {
    pub(super) fn new(operator: &str, key: &str, values: Vec<String>) -> Self {
        Self { operator: operator.to_owned(), key: key.to_owned(), values }
    }

    /// Returns whether the condition holds for a call.
    ///
    /// # Errors
    /// The condition's operator or key, if it is not supported.
    pub(super) fn holds(&self, check: &Check) -> Result<bool, String> {
        let known_key = [
            "dynamodb:LeadingKeys",
            "ses:FromAddress",
            "s3:prefix",
            "aws:RequestedRegion",
            "aws:PrincipalAccount",
            "aws:ResourceAccount",
        ]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&self.key));
        let (for_all_values, operator) = match self.operator.strip_prefix("ForAllValues:") {
            Some(operator) => (true, operator),
            None => (false, self.operator.as_str()),
        };
        let compare: fn(&str, &str) -> bool = match operator {
            "StringEquals" if known_key => |pattern, text| pattern == text,
            "StringLike" if known_key => glob::matches,
            _ => return Err(format!("{} on {}", self.operator, self.key)),
        };
        let actual = check.values(&self.key);
        let every =
            actual.iter().all(|text| self.values.iter().any(|pattern| compare(pattern, text)));
        Ok(every && (for_all_values || !actual.is_empty()))
    }

    /// Returns the values of the condition that match these as patterns.
    pub(super) fn matched(&self, actual: &[String]) -> impl Iterator<Item = &str> {
        actual.iter().filter_map(|text| {
            self.values.iter().map(String::as_str).find(|pattern| glob::matches(pattern, text))
        })
    }
}
