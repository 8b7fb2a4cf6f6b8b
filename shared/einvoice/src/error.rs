//! The errors of this crate.

use std::fmt;

/// The reason why a document can't be created.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The document violates rules of the standard: all violations, in the order of its fields.
    #[error("the document violates {} rule(s), first: {}", .0.len(), first(.0))]
    Invalid(Vec<Violation>),
    /// The logo can't be used.
    #[error("the logo: {0}")]
    Logo(String),
    /// The PDF can't be created, because of a defect in this crate or in one that it uses.
    #[error("the PDF can't be made: {0}")]
    Pdf(String),
}

/// A violated rule. It contains no text of the document, so it can be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field as the path of its Rust name: `lines[2].net`.
    pub field: String,
    /// The rule's name in EN 16931, or in another source if it comes from there: `BR-CO-10`.
    pub rule: &'static str,
    /// The requirement of the rule.
    pub message: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.field, self.message, self.rule)
    }
}

fn first(violations: &[Violation]) -> String {
    violations.first().map(ToString::to_string).unwrap_or_default()
}
