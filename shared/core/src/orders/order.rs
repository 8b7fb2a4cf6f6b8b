//! An order's state, what can happen to it, and who decides so. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{InvoiceId, OrderId, PaymentId, ProductId};
use crate::keys;
use crate::money::{Currency, Money};
use crate::orders::basket::{Basket, Catalogue};
use crate::orders::pricing::{self, Item};
use crate::products::{Sku, TaxRate};

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The ID of the owner's account.
    pub user_id: UserId,
    /// Where it stands.
    pub status: OrderStatus,
    /// What was bought, each product once.
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
    /// When it is cancelled if it is still pending. One that has been invoiced isn't.
    pub expires_at: Timestamp,
    /// When it was cancelled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    /// Why it was cancelled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<CancelReason>,
    /// Its payment, once that has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// Its invoice, once there is one; one that was declared void before the order was paid is
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<InvoiceId>,
    /// When it was paid, or placed if there was nothing to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// When it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
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
    /// Its payment was given up by the payment provider: its stock is back.
    Failed,
    /// Given up: its stock is back.
    Cancelled,
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
    /// Whether the pieces were taken from a counted stock, to which they go back.
    pub tracks_stock: bool,
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

/// What can happen to an order. `at` is when it did.
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
    /// Somebody cancelled it; its stock went back.
    #[serde(rename = "order.cancelled")]
    Cancelled { reason: CancelReason, at: Timestamp },
    /// It stayed unpaid too long; its stock went back.
    #[serde(rename = "order.expired")]
    Expired { at: Timestamp },
    /// Somebody began to pay it.
    #[serde(rename = "order.payment_started")]
    PaymentStarted { payment_id: PaymentId, at: Timestamp },
    /// It was paid; or there was nothing to pay, then without a payment.
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
    /// It was delivered, or whatever makes it complete.
    #[serde(rename = "order.completed")]
    Completed { at: Timestamp },
    /// Its payment was given up by the payment provider; its stock went back.
    #[serde(rename = "order.failed")]
    Failed { at: Timestamp },
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
    /// Whether its time to be paid is over. An invoice gives it until that is paid or declared
    /// void.
    #[must_use]
    pub fn has_expired(&self, at: Timestamp) -> bool {
        self.expires_at <= at && self.invoice_id.is_none()
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

/// An order to be placed.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its id.
    pub id: OrderId,
    /// For whom.
    pub user_id: UserId,
    /// What.
    pub basket: Basket,
    /// Until when it waits for payment.
    pub expires_at: Timestamp,
}

/// Prices a basket from the catalogue. That there is enough of everything is a condition of the
/// write. An order that costs nothing needs no payment.
///
/// # Errors
/// [`Error::Invalid`] for products that aren't in the catalogue and for a total that is too large;
/// `mixed-currencies`.
pub fn place(command: Place, catalogue: &Catalogue, at: Timestamp) -> Result<Vec<OrderEvent>> {
    let Place { id, user_id, basket, expires_at } = command;
    let (products, currency) = basket.take_from(catalogue)?;
    let money = |amount| Money::new(amount, currency);
    let items: Vec<Item> = basket
        .lines()
        .iter()
        .zip(&products)
        .map(|(line, product)| Item {
            unit_price: product.unit_price.amount,
            quantity: line.quantity,
            rate: product.tax_percent,
        })
        .collect();
    let totals = pricing::price(&items)
        .map_err(|error| Error::invalid("/items", format!("{error}: split the order")))?;
    let items =
        basket.lines().iter().zip(products).zip(&totals.lines).map(|((line, product), amounts)| {
            Line {
                product_id: product.id,
                sku: product.sku.clone(),
                name: product.name.clone(),
                unit_price: product.unit_price,
                quantity: line.quantity,
                tax_percent: product.tax_percent,
                net: money(amounts.net),
                tax: money(amounts.tax),
                gross: money(amounts.gross),
                tracks_stock: product.tracks_stock,
            }
        });
    let taxes = totals.taxes.iter().map(|due| TaxSum {
        rate: due.rate,
        base: money(due.base),
        tax: money(due.tax),
    });
    let placed = OrderEvent::Placed {
        id,
        user_id,
        items: items.collect(),
        currency,
        subtotal: money(totals.subtotal),
        taxes: taxes.collect(),
        tax: money(totals.tax),
        total: money(totals.total),
        expires_at,
        at,
    };
    let paid = (totals.total == 0).then_some(OrderEvent::Paid { payment_id: None, at });
    Ok([placed].into_iter().chain(paid).collect())
}

/// Begins to pay an order.
///
/// # Errors
/// `order-not-payable`, when it isn't pending or its time is over.
pub fn start_payment(order: &Order, payment_id: PaymentId, at: Timestamp) -> Result<OrderEvent> {
    let not_payable = |detail: String| Error::refused("order-not-payable", detail);
    match order.status {
        OrderStatus::Pending if order.has_expired(at) => {
            Err(not_payable("The order has waited too long and expires.".to_owned()))
        }
        OrderStatus::Pending => Ok(OrderEvent::PaymentStarted { payment_id, at }),
        OrderStatus::Processing | OrderStatus::Completed if order.total.amount == 0 => {
            Err(not_payable("The order costs nothing.".to_owned()))
        }
        status => {
            Err(not_payable(format!("The order is {status}; only a pending one can be paid.")))
        }
    }
}

/// Takes note that an order was paid; nothing happens to one that is no longer pending.
#[must_use]
pub fn pay(order: &Order, payment_id: PaymentId, at: Timestamp) -> Vec<OrderEvent> {
    let due = order.status == OrderStatus::Pending;
    if due { vec![OrderEvent::Paid { payment_id: Some(payment_id), at }] } else { Vec::new() }
}

/// Takes note that the payment provider gave up an order's payment; nothing happens to one that is
/// no longer pending.
#[must_use]
pub fn fail(order: &Order, at: Timestamp) -> Vec<OrderEvent> {
    if order.status == OrderStatus::Pending { vec![OrderEvent::Failed { at }] } else { Vec::new() }
}

/// Completes an order that was paid.
///
/// # Errors
/// `order-not-completable`.
pub fn complete(order: &Order, at: Timestamp) -> Result<Vec<OrderEvent>> {
    if order.status != OrderStatus::Processing {
        let detail = format!(
            "The order is {}; only one that is being processed can be completed.",
            order.status
        );
        return Err(Error::refused("order-not-completable", detail));
    }
    Ok(vec![OrderEvent::Completed { at }])
}

/// Cancels an order that is still pending.
///
/// # Errors
/// `order-not-cancellable`.
pub fn cancel(order: &Order, reason: CancelReason, at: Timestamp) -> Result<Vec<OrderEvent>> {
    if order.status != OrderStatus::Pending {
        let detail = format!("The order is {}; only a pending one can be cancelled.", order.status);
        return Err(Error::refused("order-not-cancellable", detail));
    }
    Ok(vec![OrderEvent::Cancelled { reason, at }])
}

/// Marks an order as invoiced.
///
/// # Errors
/// `order-already-invoiced`; `order-not-invoiceable` when it was given up, has waited too long, or
/// costs nothing.
pub fn invoice(order: &Order, invoice_id: InvoiceId, at: Timestamp) -> Result<OrderEvent> {
    let not_invoiceable = |detail: String| Error::refused("order-not-invoiceable", detail);
    if order.invoice_id.is_some() {
        return Err(Error::refused(
            "order-already-invoiced",
            "The order has an invoice; declare that void first.",
        ));
    }
    match order.status {
        OrderStatus::Failed | OrderStatus::Cancelled => Err(not_invoiceable(format!(
            "The order is {}; only one that is or will be paid is invoiced.",
            order.status
        ))),
        OrderStatus::Pending if order.has_expired(at) => {
            Err(not_invoiceable("The order has waited too long and expires.".to_owned()))
        }
        _ if order.total.amount == 0 => Err(not_invoiceable("The order costs nothing.".to_owned())),
        _ => Ok(OrderEvent::Invoiced { invoice_id, at }),
    }
}

/// Lets an order be invoiced again, after its invoice was declared void.
#[must_use]
pub fn release_invoice(at: Timestamp) -> OrderEvent {
    OrderEvent::InvoiceVoided { at }
}

/// Cancels an order whose time to be paid is over; nothing happens to others.
#[must_use]
pub fn expire(order: &Order, at: Timestamp) -> Vec<OrderEvent> {
    let due = order.status == OrderStatus::Pending && order.has_expired(at);
    if due { vec![OrderEvent::Expired { at }] } else { Vec::new() }
}
