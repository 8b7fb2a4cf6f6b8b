//! Counting.

use serde::Serialize;

/// What a run has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    /// How many things were looked at.
    pub(crate) looked: u64,
    /// How many things at the provider aren't ours.
    pub(crate) foreign: u64,
    /// How often something was fixed.
    pub(crate) repaired: u64,
    /// How many differences are new.
    pub(crate) found: u64,
    /// How many are gone.
    pub(crate) resolved: u64,
    /// How many things could not be compared.
    pub(crate) failed: u64,
}
