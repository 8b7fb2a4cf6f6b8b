//! An invocation of a function.

use std::time::SystemTime;

/// Lambda's data about an invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The invocation's ID.
    pub request_id: String,
    /// When the function is stopped if it hasn't responded.
    pub deadline: SystemTime,
    /// X-Ray's trace header.
    pub trace_id: Option<String>,
}
