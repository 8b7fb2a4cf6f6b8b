//! The error of a template in one line: where the problem is, and what to change.

use std::fmt;

/// A problem in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    place: Place,
    problem: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl std::error::Error for TemplateError {}

/// A place in a template: its file and the path to a property, such as
/// `Resources.OrdersTable.TableName`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    file: String,
    path: String,
}

impl Place {
    pub(super) fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), path: String::new() }
    }

    /// Returns the place one step further in.
    pub(super) fn at(&self, step: &str) -> Self {
        let path =
            if self.path.is_empty() { step.to_owned() } else { format!("{}.{step}", self.path) };
        Self { file: self.file.clone(), path }
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> TemplateError {
        TemplateError { place: self.clone(), problem: problem.into() }
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, ": {}", self.path) }
    }
}
