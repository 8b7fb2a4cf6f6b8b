//! The shared properties of a function's execution environments.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::recorder::Recorder;

/// The properties from which every environment of a function is created.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) name: String,
    pub(super) timeout: Duration,
    /// All variables: the stanza's, and those that Lambda adds.
    pub(super) variables: BTreeMap<String, String>,
    /// The recorder of its invocations.
    pub(super) recorder: Recorder,
}
