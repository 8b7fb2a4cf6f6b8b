//! Why an invocation gave no result.

use std::fmt;

use serde_json::{Value, json};

/// Why an invocation gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// All of the reserved concurrency is in use.
    Throttled,
    /// The function ran, and failed: it answered an error, crashed or ran out of time.
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

    /// The payload with which Lambda answers a failed invocation.
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
