//! Compares our payments and refunds with the provider's. Pure.

use builder_store::error::Result;
use jiff::{SignedDuration, Timestamp};

use super::{Difference, Finding};
use crate::orders::{Order, OrderStatus};
use crate::payments::{
    Observed, ObservedRefund, ObservedStatus, Payment, PaymentStatus, Refund, RefundStatus,
};

/// How long the provider may take to report its fee.
const FEE_DUE: SignedDuration = SignedDuration::from_hours(72);
/// How long a payment may remain open after its order has ended, or should have: the queue retries
/// for two hours, and a daily pass also tries.
const PAYMENT_DUE: SignedDuration = SignedDuration::from_hours(48);
/// How long a refund may be pending: more than the ten working days that banks take,
/// <https://docs.stripe.com/refunds>.
const REFUND_DUE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Whether the provider has changes that aren't recorded: they are processed like a webhook.
    pub news: bool,
    /// The differences.
    pub findings: Vec<Finding>,
}

impl Comparison {
    /// Returns whether both sides agree.
    #[must_use]
    pub fn agrees(&self) -> bool {
        !self.news && self.findings.is_empty()
    }

    fn finding(ours: impl ToString, difference: Difference) -> Self {
        Self { news: false, findings: vec![finding(ours, difference)] }
    }
}

/// Compares a payment. The state at the provider must have been read after ours.
///
/// # Errors
/// As [`Payment::settle`].
pub fn compare_payment(ours: &Payment, theirs: &Observed, now: Timestamp) -> Result<Comparison> {
    if let Some(other) = ours.intent.as_ref().filter(|intent| **intent != theirs.intent) {
        // A second payment that was cancelled moved no money, and never will.
        let harmless = theirs.status == ObservedStatus::Cancelled;
        let second = Comparison::finding(ours.id, Difference::Second { other: other.clone() });
        return Ok(if harmless { Comparison::default() } else { second });
    }
    if ours.amount != theirs.amount {
        return Ok(Comparison::finding(
            ours.id,
            Difference::Amount { ours: ours.amount, theirs: theirs.amount },
        ));
    }
    let mut found =
        Comparison { news: !ours.settle(theirs, now)?.is_empty(), findings: Vec::new() };
    let contradicts = matches!(
        (ours.status, theirs.status),
        (PaymentStatus::Succeeded, ObservedStatus::Open | ObservedStatus::Cancelled)
            | (PaymentStatus::Cancelled, ObservedStatus::Open)
    );
    if contradicts {
        let (ours_is, theirs_is) = (ours.status.to_string(), theirs.status.to_string());
        found
            .findings
            .push(finding(ours.id, Difference::Status { ours: ours_is, theirs: theirs_is }));
    }
    if let (Some(succeeded_at), ObservedStatus::Succeeded) = (ours.succeeded_at, theirs.status) {
        match (ours.fee, theirs.charge.as_ref().and_then(|charge| charge.fee)) {
            (Some(known), Some(fee)) if known != fee => {
                found.findings.push(finding(ours.id, Difference::Fee { ours: known, theirs: fee }));
            }
            (None, None) if now.duration_since(succeeded_at) > FEE_DUE => {
                found.findings.push(finding(ours.id, Difference::NoFee));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Compares a refund. The state at the provider must have been read after ours.
///
/// # Errors
/// As [`Refund::settle`].
pub fn compare_refund(
    ours: &Refund,
    theirs: &ObservedRefund,
    now: Timestamp,
) -> Result<Comparison> {
    if let Some(other) = ours.provider_refund.as_ref().filter(|known| **known != theirs.id) {
        // A failed refund moved no money.
        let harmless = theirs.status == RefundStatus::Failed;
        let second = Comparison::finding(ours.id, Difference::Second { other: other.clone() });
        return Ok(if harmless { Comparison::default() } else { second });
    }
    if ours.amount != theirs.amount {
        return Ok(Comparison::finding(
            ours.id,
            Difference::Amount { ours: ours.amount, theirs: theirs.amount },
        ));
    }
    let (events, of_payment) = ours.settle(theirs, now)?;
    let mut found =
        Comparison { news: !events.is_empty() || !of_payment.is_empty(), findings: Vec::new() };
    let contradicts = matches!(
        (ours.status, theirs.status),
        (RefundStatus::Failed, RefundStatus::Pending | RefundStatus::Succeeded)
            | (RefundStatus::Succeeded, RefundStatus::Pending)
    );
    if contradicts {
        let (ours_is, theirs_is) = (ours.status.to_string(), theirs.status.to_string());
        found
            .findings
            .push(finding(ours.id, Difference::Status { ours: ours_is, theirs: theirs_is }));
    }
    Ok(found)
}

/// Returns since when an order needs no payment any more; `None` while it awaits one. An invoiced
/// order awaits its payment indefinitely.
#[must_use]
pub fn over_since(order: &Order, now: Timestamp) -> Option<Timestamp> {
    match order.status {
        OrderStatus::Pending => order.has_expired(now).then_some(order.expires_at),
        _ => order.cancelled_at.or(order.paid_at).or(Some(order.created_at)),
    }
}

/// Returns a finding for a payment that is still open long after its order has ended.
#[must_use]
pub fn stuck_payment(payment: &Payment, order: &Order, now: Timestamp) -> Option<Finding> {
    let due = over_since(order, now).is_some_and(|since| now.duration_since(since) > PAYMENT_DUE);
    (payment.is_live() && due).then(|| finding(payment.id, Difference::Stuck))
}

/// Returns a finding for a refund that has been pending for too long.
#[must_use]
pub fn stuck_refund(refund: &Refund, now: Timestamp) -> Option<Finding> {
    let due = now.duration_since(refund.created_at) > REFUND_DUE;
    (refund.status == RefundStatus::Pending && due).then(|| finding(refund.id, Difference::Stuck))
}

fn finding(ours: impl ToString, difference: Difference) -> Finding {
    Finding { ours: Some(ours.to_string()), difference }
}
