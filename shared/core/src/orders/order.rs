//! The state of an order, and its events. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use builder_store::id::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{InvoiceId, OrderId, PaymentId, ProductId, RefundId};
use crate::keys;
use crate::money::{Currency, Money};
use crate::products::{Sku, TaxRate};

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The ID of the owner's account.
    pub user_id: UserId,
    /// The status.
    pub status: OrderStatus,
    /// The lines, one for each product.
    pub items: Vec<Line>,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The total of all lines, excluding tax.
    pub subtotal: Money,
    /// The tax per rate, lowest rate first.
    pub taxes: Vec<TaxSum>,
    /// The total tax.
    pub tax: Money,
    /// The total, including tax.
    pub total: Money,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it expires if it is still pending and not invoiced.
    pub expires_at: Timestamp,
    /// When it was cancelled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    /// Why it was cancelled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<CancelReason>,
    /// The ID of its payment, once that has been started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// The ID of its invoice, if there is one. An invoice that was voided before the order was paid
    /// doesn't count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<InvoiceId>,
    /// When it was paid, or placed if there was nothing to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// When it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// The refunded amount, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunded: i64,
}

/// The status of an order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum OrderStatus {
    /// Placed, not paid yet.
    Pending,
    /// Paid, being prepared.
    Processing,
    /// Paid and done.
    Completed,
    /// Refunded in full.
    Refunded,
    /// The payment provider cancelled its payment. Its stock was released.
    Failed,
    /// Cancelled. Its stock was released; if it had been paid, the payment is refunded.
    Cancelled,
}

/// How much of an order was paid and refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderPaymentStatus)]
pub enum PaymentState {
    /// Not paid yet.
    Unpaid,
    /// Paid in full, or there was nothing to pay.
    Paid,
    /// Refunded in part.
    PartiallyRefunded,
    /// Refunded in full.
    Refunded,
}

/// Why an order was cancelled. There is no free text, since events are kept permanently and free
/// text can contain personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Its owner wanted it.
    RequestedByCustomer,
    /// An admin did it.
    RequestedByAdmin,
    /// It stayed unpaid until it expired.
    Expired,
}

/// One product of an order, as it was when the order was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The product.
    pub product_id: ProductId,
    /// Its sku.
    pub sku: Sku,
    /// The product's name when it was ordered.
    pub name: String,
    /// The price of one unit, excluding tax.
    pub unit_price: Money,
    /// The quantity.
    pub quantity: u32,
    /// The tax rate in percent.
    pub tax_percent: TaxRate,
    /// The item total, excluding tax.
    pub net: Money,
    /// This line's share of the tax.
    pub tax: Money,
    /// The item total, including tax.
    pub gross: Money,
    /// Whether the items were taken from a tracked stock.
    pub tracks_stock: bool,
    /// The quantity that was returned and refunded, or is about to be refunded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returned: u32,
    /// The quantity that was added to the stock again. Less than `returned` if items weren't, more
    /// if their refund failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restocked: u32,
}

/// An item of an order that is returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReturnedItem {
    /// The product.
    pub product_id: ProductId,
    /// The quantity.
    pub quantity: u32,
    /// Its part of the line's total including tax, in minor units.
    pub value: i64,
    /// The quantity that is added to the stock.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restocked: u32,
}

fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The tax at one rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxSum {
    /// The rate, in percent.
    #[serde(rename = "percent")]
    pub rate: TaxRate,
    /// The total of the lines at this rate, excluding tax.
    pub base: Money,
    /// The tax amount.
    pub tax: Money,
}

/// The events of an order. `at` is the time of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of `Order`")]
pub enum OrderEvent {
    /// It was placed, and took the stock of its tracked lines.
    #[serde(rename = "order.placed")]
    Placed {
        id: OrderId,
        user_id: UserId,
        items: Vec<Line>,
        currency: Currency,
        subtotal: Money,
        taxes: Vec<TaxSum>,
        tax: Money,
        total: Money,
        expires_at: Timestamp,
        at: Timestamp,
    },
    /// It was cancelled; its stock was returned.
    #[serde(rename = "order.cancelled")]
    Cancelled { reason: CancelReason, at: Timestamp },
    /// It expired unpaid; its stock was returned.
    #[serde(rename = "order.expired")]
    Expired { at: Timestamp },
    /// Its payment was started.
    #[serde(rename = "order.payment_started")]
    PaymentStarted { payment_id: PaymentId, at: Timestamp },
    /// It was paid, or there was nothing to pay; in that case, it has no payment.
    #[serde(rename = "order.paid")]
    Paid {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment_id: Option<PaymentId>,
        at: Timestamp,
    },
    /// It was invoiced.
    #[serde(rename = "order.invoiced")]
    Invoiced { invoice_id: InvoiceId, at: Timestamp },
    /// Its invoice was declared void, and it may be invoiced again.
    #[serde(rename = "order.invoice_voided")]
    InvoiceVoided { at: Timestamp },
    /// It was completed, for example because it was delivered.
    #[serde(rename = "order.completed")]
    Completed { at: Timestamp },
    /// The payment provider cancelled its payment. Its stock was released.
    #[serde(rename = "order.failed")]
    Failed { at: Timestamp },
    /// Items are returned, by a refund that was requested.
    #[serde(rename = "order.items_returned")]
    ItemsReturned { refund_id: RefundId, items: Vec<ReturnedItem>, at: Timestamp },
    /// A refund succeeded.
    #[serde(rename = "order.refunded")]
    Refunded { refund_id: RefundId, amount: Money, at: Timestamp },
    /// A refund failed, so its items can be refunded again. `succeeded` says whether it had
    /// succeeded before.
    #[serde(rename = "order.refund_failed")]
    RefundFailed {
        refund_id: RefundId,
        amount: Money,
        succeeded: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<ReturnedItem>,
        at: Timestamp,
    },
}

impl Aggregate for Order {
    type Event = OrderEvent;

    const KIND: &'static str = "order";

    fn apply(state: Option<Self>, event: &OrderEvent) -> Option<Self> {
        match (state, event.clone()) {
            (
                None,
                OrderEvent::Placed {
                    id,
                    user_id,
                    items,
                    currency,
                    subtotal,
                    taxes,
                    tax,
                    total,
                    expires_at,
                    at,
                },
            ) => Some(Self {
                id,
                user_id,
                status: OrderStatus::Pending,
                items,
                currency,
                subtotal,
                taxes,
                tax,
                total,
                created_at: at,
                expires_at,
                cancelled_at: None,
                cancel_reason: None,
                payment_id: None,
                invoice_id: None,
                paid_at: None,
                completed_at: None,
                refunded: 0,
            }),
            (Some(order), OrderEvent::Cancelled { reason, at }) => {
                Some(order.cancelled(reason, at))
            }
            (Some(order), OrderEvent::Expired { at }) => {
                Some(order.cancelled(CancelReason::Expired, at))
            }
            (Some(order), OrderEvent::PaymentStarted { payment_id, .. }) => {
                Some(Self { payment_id: Some(payment_id), ..order })
            }
            (Some(order), OrderEvent::Invoiced { invoice_id, .. }) => {
                Some(Self { invoice_id: Some(invoice_id), ..order })
            }
            (Some(order), OrderEvent::InvoiceVoided { .. }) => {
                Some(Self { invoice_id: None, ..order })
            }
            (Some(order), OrderEvent::Paid { at, .. }) => {
                Some(Self { status: OrderStatus::Processing, paid_at: Some(at), ..order })
            }
            (Some(order), OrderEvent::Completed { at }) => {
                Some(Self { status: OrderStatus::Completed, completed_at: Some(at), ..order })
            }
            (Some(order), OrderEvent::Failed { .. }) => {
                Some(Self { status: OrderStatus::Failed, ..order })
            }
            (Some(mut order), OrderEvent::ItemsReturned { items, .. }) => {
                order.for_items(&items, |line, item| {
                    line.returned += item.quantity;
                    line.restocked += item.restocked;
                });
                Some(order)
            }
            (Some(order), OrderEvent::Refunded { amount, .. }) => {
                let refunded = order.refunded + amount.amount;
                Some(order.refunded(refunded))
            }
            (Some(mut order), OrderEvent::RefundFailed { amount, succeeded, items, .. }) => {
                order.for_items(&items, |line, item| {
                    line.returned = line.returned.saturating_sub(item.quantity);
                });
                let refunded = order.refunded - if succeeded { amount.amount } else { 0 };
                Some(order.refunded(refunded))
            }
            (state, _) => state,
        }
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.user_id)
    }

    fn listed(&self) -> Listed {
        let id = self.id.as_u128();
        Listed {
            by_owner: Some(keys::listing_by_owner(Self::KIND, self.user_id)),
            all: Some(keys::sharded(&keys::listing(Self::KIND), id)),
            by_status: Some(keys::sharded(&keys::listing_by_status(Self::KIND, self.status), id)),
            by_name: None,
        }
    }
}

impl Order {
    /// Returns whether its time to be paid is over. An invoiced order doesn't expire until its
    /// invoice is declared void.
    #[must_use]
    pub fn has_expired(&self, at: Timestamp) -> bool {
        self.expires_at <= at && self.invoice_id.is_none()
    }

    /// Returns whether it was paid, whatever happened since.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.paid_at.is_some()
    }

    /// Returns how much was paid and refunded.
    #[must_use]
    pub fn payment_state(&self) -> PaymentState {
        match (self.paid_at, self.refunded) {
            (None, _) => PaymentState::Unpaid,
            (Some(_), 0) => PaymentState::Paid,
            (Some(_), refunded) if refunded < self.total.amount => PaymentState::PartiallyRefunded,
            (Some(_), _) => PaymentState::Refunded,
        }
    }

    /// Changes the lines of these items.
    fn for_items(&mut self, items: &[ReturnedItem], change: impl Fn(&mut Line, &ReturnedItem)) {
        for item in items {
            for line in self.items.iter_mut().filter(|line| line.product_id == item.product_id) {
                change(line, item);
            }
        }
    }

    /// Sets the refunded amount. The status follows from it, unless the order was cancelled.
    fn refunded(self, refunded: i64) -> Self {
        let status = match self.status {
            OrderStatus::Processing | OrderStatus::Completed if refunded >= self.total.amount => {
                OrderStatus::Refunded
            }
            OrderStatus::Refunded if refunded < self.total.amount => {
                if self.completed_at.is_some() {
                    OrderStatus::Completed
                } else {
                    OrderStatus::Processing
                }
            }
            status => status,
        };
        Self { status, refunded, ..self }
    }

    fn cancelled(self, reason: CancelReason, at: Timestamp) -> Self {
        Self {
            status: OrderStatus::Cancelled,
            cancelled_at: Some(at),
            cancel_reason: Some(reason),
            ..self
        }
    }
}
