//! The response types of payments and refunds.

use builder_core::id::{OrderId, PaymentId, ProductId, RefundId};
use builder_core::money::Money;
use builder_core::payments::{Payment, PaymentStatus, Refund, RefundReason, RefundStatus};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Payment, example = json!({
    "id": "pay_01h455vb4pex5vsknk084sn02q",
    "orderId": "ord_01h455vb4pex5vsknk084sn02q",
    "status": "open",
    "amount": { "amount": 3092, "currency": "EUR" },
    "refunded": { "amount": 0, "currency": "EUR" },
    "refunding": { "amount": 0, "currency": "EUR" },
    "declined": null,
    "createdAt": "2026-11-21T01:00:00.123Z",
    "succeededAt": null,
    "cancelledAt": null,
}))]
pub struct PaymentView {
    id: PaymentId,
    /// The ID of the order.
    order_id: OrderId,
    status: PaymentStatus,
    /// The amount.
    amount: Money,
    /// The amount that has been refunded.
    refunded: Money,
    /// The amount of pending refunds.
    refunding: Money,
    /// The payment provider's code for why the last card was declined; null if none was, or after
    /// another card was accepted.
    #[schema(required = true, example = "insufficient_funds")]
    declined: Option<String>,
    /// When it was started.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T01:00:00.123Z")]
    created_at: Timestamp,
    /// When it succeeded; null if it hasn't yet.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    succeeded_at: Option<Timestamp>,
    /// When it was cancelled; null if it hasn't been.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    cancelled_at: Option<Timestamp>,
}

/// A refund.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Refund)]
pub struct RefundView {
    id: RefundId,
    payment_id: PaymentId,
    order_id: OrderId,
    status: RefundStatus,
    /// The amount.
    amount: Money,
    reason: RefundReason,
    /// The returned items.
    items: Vec<RefundItemView>,
    /// The payment provider's code for why it failed, such as `expired_or_canceled_card`; null if
    /// it hasn't.
    #[schema(required = true)]
    failure: Option<String>,
    /// When it was requested.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T01:00:00.123Z")]
    created_at: Timestamp,
    /// When it succeeded or failed; null while it is pending.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    settled_at: Option<Timestamp>,
}

/// A returned item.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RefundItem)]
pub struct RefundItemView {
    product_id: ProductId,
    /// The quantity.
    #[schema(minimum = 1, maximum = 10_000, example = 1)]
    quantity: u32,
    /// Its part of the order's total, including tax.
    value: Money,
    /// The quantity that was added to the stock.
    #[schema(minimum = 0, maximum = 10_000, example = 1)]
    restocked: u32,
}

impl From<&Payment> for PaymentView {
    fn from(payment: &Payment) -> Self {
        let money = |amount| Money::new(amount, payment.amount.currency);
        Self {
            id: payment.id,
            order_id: payment.order_id,
            status: payment.status,
            amount: payment.amount,
            refunded: money(payment.refunded),
            refunding: money(payment.refunding),
            declined: payment.declined.clone(),
            created_at: payment.created_at,
            succeeded_at: payment.succeeded_at,
            cancelled_at: payment.cancelled_at,
        }
    }
}

impl From<&Refund> for RefundView {
    fn from(refund: &Refund) -> Self {
        Self {
            id: refund.id,
            payment_id: refund.payment_id,
            order_id: refund.order_id,
            status: refund.status,
            amount: refund.amount,
            reason: refund.reason,
            items: refund
                .items
                .iter()
                .map(|item| RefundItemView {
                    product_id: item.product_id,
                    quantity: item.quantity,
                    value: Money::new(item.value, refund.amount.currency),
                    restocked: item.restocked,
                })
                .collect(),
            failure: refund.failure.clone(),
            created_at: refund.created_at,
            settled_at: refund.settled_at,
        }
    }
}
