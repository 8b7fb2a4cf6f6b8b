//! The response types of an order.

use builder_core::id::{InvoiceId, OrderId, PaymentId, ProductId};
use builder_core::money::{Currency, Money};
use builder_core::orders::{CancelReason, Line, Order, OrderStatus, PaymentState, TaxSum};
use builder_core::products::{Sku, TaxRate};
use builder_store::id::UserId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::example;

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Order, example = example::order)]
pub struct OrderView {
    id: OrderId,
    /// The ID of the owner's account.
    user_id: UserId,
    status: OrderStatus,
    payment_status: PaymentState,
    /// The ordered items, one for each product, with the prices at the time of the order.
    items: Vec<OrderItemView>,
    /// The currency of all amounts.
    currency: Currency,
    /// The total of all items, excluding tax.
    subtotal: Money,
    /// The tax per rate, lowest rate first.
    taxes: Vec<OrderTaxView>,
    /// The total tax.
    tax: Money,
    /// The total, including tax.
    total: Money,
    /// The refunded amount.
    refunded: Money,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T01:00:00.123Z")]
    created_at: Timestamp,
    /// When it expires if it is still pending.
    #[schema(value_type = String, format = DateTime, example = "2026-11-22T01:00:00.123Z")]
    expires_at: Timestamp,
    /// When it was cancelled; null if it hasn't been.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    cancelled_at: Option<Timestamp>,
    /// Why it was cancelled; null if it hasn't been.
    #[schema(required = true)]
    cancel_reason: Option<CancelReason>,
    /// The ID of its payment; null before one is started.
    #[schema(required = true)]
    payment_id: Option<PaymentId>,
    /// The ID of its invoice; null before it is invoiced.
    #[schema(required = true)]
    invoice_id: Option<InvoiceId>,
    /// When it was paid; null if it hasn't been.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    paid_at: Option<Timestamp>,
    /// When it was completed; null if it hasn't been.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    completed_at: Option<Timestamp>,
}

/// An item of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderItem)]
pub struct OrderItemView {
    product_id: ProductId,
    sku: Sku,
    /// The product's name when it was ordered.
    #[schema(example = "Blue mug")]
    name: String,
    /// The price of one unit, excluding tax.
    unit_price: Money,
    /// The quantity.
    #[schema(minimum = 1, maximum = 10_000, example = 2)]
    quantity: u32,
    /// The quantity that was returned and refunded, or is about to be refunded.
    #[schema(minimum = 0, maximum = 10_000, example = 0)]
    returned: u32,
    tax_percent: TaxRate,
    /// The item total, excluding tax.
    net: Money,
    /// The item's share of the tax at its rate. Tax is rounded once for all items of a rate.
    tax: Money,
    /// The item total, including tax.
    gross: Money,
}

/// The tax at one rate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderTax)]
pub struct OrderTaxView {
    /// The tax rate in percent.
    percent: TaxRate,
    /// The total of the items at this rate, excluding tax.
    base: Money,
    /// The tax amount, rounded half up.
    tax: Money,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id,
            user_id: order.user_id,
            status: order.status,
            payment_status: order.payment_state(),
            items: order.items.iter().map(OrderItemView::from).collect(),
            currency: order.currency,
            subtotal: order.subtotal,
            taxes: order.taxes.iter().map(OrderTaxView::from).collect(),
            tax: order.tax,
            total: order.total,
            refunded: Money::new(order.refunded, order.currency),
            created_at: order.created_at,
            expires_at: order.expires_at,
            cancelled_at: order.cancelled_at,
            cancel_reason: order.cancel_reason,
            payment_id: order.payment_id,
            invoice_id: order.invoice_id,
            paid_at: order.paid_at,
            completed_at: order.completed_at,
        }
    }
}

impl From<&Line> for OrderItemView {
    fn from(line: &Line) -> Self {
        Self {
            product_id: line.product_id,
            sku: line.sku.clone(),
            name: line.name.clone(),
            unit_price: line.unit_price,
            quantity: line.quantity,
            returned: line.returned,
            tax_percent: line.tax_percent,
            net: line.net,
            tax: line.tax,
            gross: line.gross,
        }
    }
}

impl From<&TaxSum> for OrderTaxView {
    fn from(sum: &TaxSum) -> Self {
        Self { percent: sum.rate, base: sum.base, tax: sum.tax }
    }
}

/// Returns the path of an order.
pub(crate) fn location(order: &Order) -> String {
    format!("/api/v1/orders/{}", order.id)
}
