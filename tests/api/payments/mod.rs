//! Payments, refunds, the ledger, and what Stripe tells.

mod hook;
mod ledger;
mod pay;
mod refund;

/// Where a payment is.
fn path(id: &str) -> String {
    format!("/api/v1/payments/{id}")
}
