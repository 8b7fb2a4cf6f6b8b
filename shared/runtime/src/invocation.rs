//! One invocation of a function.

use std::time::SystemTime;

/// What Lambda says of one invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The invocation's id.
    pub request_id: String,
    /// When the function is stopped if it hasn't answered.
    pub deadline: SystemTime,
    /// X-Ray's trace header.
    pub trace_id: Option<String>,
}
