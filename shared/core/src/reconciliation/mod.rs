//! Reconciliation: compares our payments and refunds with those at the payment provider, once a
//! day.
//!
//! ```text
//! the provider's payments ──▶ its refunds ──▶ our open payments ──▶ our pending refunds ──▶ known differences ──▶ done
//! ```
//!
//! Changes that a lost webhook would have reported are processed as the webhook would have been:
//! [`crate::payments::Payment::settle`] and the corresponding functions decide what has changed, so
//! processing it twice, or concurrently with the webhook, has the same effect as once. Everything
//! else requires a person: a [`Finding`].
//!
//! A [`Reconciliation`] stores the findings about one object. An event records a difference when it
//! is found and when it is resolved, not again each day. A [`Pass`] covers all objects, and can
//! stop and continue anywhere.

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
