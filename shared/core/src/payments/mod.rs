//! Payments: how an order is paid, and how money goes back.
//!
//! ```text
//! start ──▶ created ──(the provider knows it)──▶ open ──▶ succeeded ──(refunds)──▶ …
//!                                                  │ ▲
//!                                                  │ └─ declined: another card may be tried
//!                                                  └──▶ cancelled
//!
//! request ──▶ pending ──▶ succeeded ──▶ failed (a bank sent the money back)
//!                │
//!                └──▶ failed
//! ```
//!
//! **What the provider says counts, and it is asked each time.** A webhook only tells that there is
//! something to look at: whoever works it off reads the payment at the provider and lets
//! [`Payment::settle`] decide what of it is news. So webhooks may come twice, late, in any order or
//! not at all, and a forged one could do no harm.
//!
//! **Nothing is charged twice.** An order has at most one payment that isn't over, by the version
//! of the order. What the provider is told to do carries a key of ours, made of the payment (or the
//! refund) and the number of the attempt, so a repetition is recognised there; and once the
//! provider may have forgotten the key, an attempt is looked for before it is repeated.
//!
//! **What comes too late goes back.** A payment that succeeds after its order was cancelled or has
//! expired is refunded by the same commit that takes note of it.

pub mod breaker;
pub mod hooks;
mod payment;
mod refund;
pub mod store;
#[cfg(test)]
mod tests;

pub use payment::{
    Observed, ObservedCharge, ObservedStatus, Payment, PaymentEvent, PaymentStatus, Start,
};
pub use refund::{ObservedRefund, Refund, RefundEvent, RefundReason, RefundStatus, RequestRefund};
