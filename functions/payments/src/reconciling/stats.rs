//! The counts of a run.

use serde::Serialize;

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    /// How many payments, refunds and differences were compared.
    pub(crate) looked: u64,
    /// How many payments and refunds at the provider aren't ours.
    pub(crate) foreign: u64,
    /// How often a lost change was applied.
    pub(crate) repaired: u64,
    /// How many new differences were found.
    pub(crate) found: u64,
    /// How many differences were resolved.
    pub(crate) resolved: u64,
    /// How many comparisons failed.
    pub(crate) failed: u64,
}
