//! What the execution environments of a function have in common.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::recorder::Recorder;

/// What every environment of a function is made from.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) name: String,
    pub(super) timeout: Duration,
    /// All variables: the stanza's, and those that Lambda adds.
    pub(super) variables: BTreeMap<String, String>,
    /// What remembers its invocations.
    pub(super) recorder: Recorder,
}
