//! Reconciliation: our payments and refunds compared with those at the payment provider, once a
//! day.
//!
//! ```text
//! the provider's payments ──▶ its refunds ──▶ our open payments ──▶ our pending refunds ──▶ known differences ──▶ done
//! ```
//!
//! What a lost webhook would have told is noted as the webhook would have been:
//! [`crate::payments::Payment::settle`] and its like decide what is news, so doing it twice, or
//! beside the webhook, does it once. Everything else is for a person: a [`Finding`].
//!
//! A [`Reconciliation`] is the memory of what was found at one thing. An event reports a
//! difference when it is found and when it is gone, not again each day. A [`Pass`] goes over all of
//! it, and can stop and go on anywhere.

mod compare;
mod finding;
mod memory;
mod pass;
pub mod store;
#[cfg(test)]
mod tests;

pub use compare::{
    Comparison, compare_payment, compare_refund, over_since, stuck_payment, stuck_refund,
};
pub use finding::{Difference, Finding, Subject};
pub use memory::{Reconciliation, ReconciliationEvent};
pub use pass::{Pass, Stage};
