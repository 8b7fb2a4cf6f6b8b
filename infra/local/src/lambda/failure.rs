//! Why an invocation returned no result.

use std::fmt;

use serde_json::{Value, json};

/// Why an invocation returned no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// All of the reserved concurrency is in use.
    Throttled,
    /// The function ran, and failed: it returned an error, crashed or timed out.
    Function {
        /// `errorType`.
        kind: String,
        /// `errorMessage`.
        message: String,
    },
}

impl Failure {
    pub(crate) fn function(kind: &str, message: impl Into<String>) -> Self {
        Self::Function { kind: kind.to_owned(), message: message.into() }
    }

    /// Returns the payload of Lambda's response to a failed invocation.
    pub(crate) fn payload(&self) -> Value {
        match self {
            Self::Throttled => {
                json!({ "errorType": "TooManyRequestsException", "errorMessage": "Rate Exceeded." })
            }
            Self::Function { kind, message } => {
                json!({ "errorType": kind, "errorMessage": message })
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttled => f.write_str("throttled: all of the reserved concurrency is in use"),
            Self::Function { kind, message } => write!(f, "{kind}: {message}"),
        }
    }
}
