//! Payments of orders, and refunds.
//!
//! ```text
//! start ──▶ created ──(known to the provider)──▶ open ──▶ succeeded ──(refunds)──▶ …
//!                                                  │ ▲
//!                                                  │ └─ declined: another card may be tried
//!                                                  └──▶ cancelled
//!
//! request ──▶ pending ──▶ succeeded ──▶ failed (a bank returned the money)
//!                │
//!                └──▶ failed
//! ```
//!
//! **The provider's state is authoritative, and is read each time.** A webhook only indicates that
//! a payment may have changed: its handler reads the payment at the provider and lets
//! [`Payment::settle`] decide what has changed. Webhooks may therefore arrive twice, late, in any
//! order or not at all, and a forged one would do no harm.
//!
//! **Nothing is charged twice.** An order has at most one active payment, ensured by the version of
//! the order. Requests to the provider have an idempotency key, made of the payment (or the refund)
//! and the number of the attempt, so that a repetition is recognised; once the key may have expired
//! at the provider, an attempt is looked up before it is repeated.
//!
//! **Late payments are refunded.** A payment that succeeds after its order was cancelled or has
//! expired is refunded in the same commit that records it.

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
