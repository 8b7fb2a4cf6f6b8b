//! The decisions about an order: the events that a command produces. No I/O.

use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use jiff::Timestamp;

use crate::id::{InvoiceId, OrderId, PaymentId};
use crate::money::Money;
use crate::orders::basket::{Basket, Catalogue};
use crate::orders::order::{CancelReason, Line, Order, OrderEvent, OrderStatus, TaxSum};
use crate::orders::pricing::{self, Item};

/// An order to be placed.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its id.
    pub id: OrderId,
    /// The user who places the order.
    pub user_id: UserId,
    /// The products and quantities.
    pub basket: Basket,
    /// When it expires if it isn't paid.
    pub expires_at: Timestamp,
}

/// Prices a basket from the catalogue. Sufficient stock is a condition of the write. An order that
/// costs nothing needs no payment.
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
                returned: 0,
                restocked: 0,
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

/// Starts the payment of an order.
///
/// # Errors
/// `order-not-payable` if it isn't pending or has expired.
pub fn start_payment(order: &Order, payment_id: PaymentId, at: Timestamp) -> Result<OrderEvent> {
    let not_payable = |detail: String| Error::refused("order-not-payable", detail);
    match order.status {
        OrderStatus::Pending if order.has_expired(at) => {
            Err(not_payable("The order has expired.".to_owned()))
        }
        OrderStatus::Pending => Ok(OrderEvent::PaymentStarted { payment_id, at }),
        OrderStatus::Processing | OrderStatus::Completed if order.total.amount == 0 => {
            Err(not_payable("The order's total is zero.".to_owned()))
        }
        status => {
            Err(not_payable(format!("The order is {status}; only pending orders can be paid.")))
        }
    }
}

/// Marks an order as paid. Returns no event if it is no longer pending.
#[must_use]
pub fn pay(order: &Order, payment_id: PaymentId, at: Timestamp) -> Vec<OrderEvent> {
    let due = order.status == OrderStatus::Pending;
    if due { vec![OrderEvent::Paid { payment_id: Some(payment_id), at }] } else { Vec::new() }
}

/// Marks an order as failed because the provider cancelled its payment. Returns no event if it is
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
            "The order is {}; only orders that are being processed can be completed.",
            order.status
        );
        return Err(Error::refused("order-not-completable", detail));
    }
    Ok(vec![OrderEvent::Completed { at }])
}

/// Cancels an order that is pending, or paid and not completed. The payment of a paid order has to
/// be refunded in the same commit.
///
/// # Errors
/// `order-not-cancellable`.
pub fn cancel(order: &Order, reason: CancelReason, at: Timestamp) -> Result<Vec<OrderEvent>> {
    if !matches!(order.status, OrderStatus::Pending | OrderStatus::Processing) {
        let detail = format!(
            "The order is {}; only orders that are pending or being processed can be cancelled.",
            order.status
        );
        return Err(Error::refused("order-not-cancellable", detail));
    }
    Ok(vec![OrderEvent::Cancelled { reason, at }])
}

/// Marks an order as invoiced.
///
/// # Errors
/// `order-already-invoiced`; `order-not-invoiceable` if it has failed or was cancelled without
/// being paid, has expired, or its total is zero.
pub fn invoice(order: &Order, invoice_id: InvoiceId, at: Timestamp) -> Result<OrderEvent> {
    let not_invoiceable = |detail: String| Error::refused("order-not-invoiceable", detail);
    if order.invoice_id.is_some() {
        return Err(Error::refused(
            "order-already-invoiced",
            "The order already has an invoice. Void it first.",
        ));
    }
    match order.status {
        OrderStatus::Failed | OrderStatus::Cancelled if !order.is_paid() => {
            Err(not_invoiceable(format!(
                "The order is {}; only orders that are paid or can still be paid can be \
             invoiced.",
                order.status
            )))
        }
        OrderStatus::Pending if order.has_expired(at) => {
            Err(not_invoiceable("The order has expired.".to_owned()))
        }
        _ if order.total.amount == 0 => {
            Err(not_invoiceable("The order's total is zero.".to_owned()))
        }
        _ => Ok(OrderEvent::Invoiced { invoice_id, at }),
    }
}

/// Allows an order to be invoiced again, after its invoice was voided.
#[must_use]
pub fn release_invoice(at: Timestamp) -> OrderEvent {
    OrderEvent::InvoiceVoided { at }
}

/// Cancels an order that has expired. Returns no event for other orders.
#[must_use]
pub fn expire(order: &Order, at: Timestamp) -> Vec<OrderEvent> {
    let due = order.status == OrderStatus::Pending && order.has_expired(at);
    if due { vec![OrderEvent::Expired { at }] } else { Vec::new() }
}
