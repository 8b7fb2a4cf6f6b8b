//! Orders: purchases at the prices of the moment, and their processing.
//!
//! ```text
//! place ──▶ pending ──(paid, or nothing to pay)──▶ processing ──▶ completed
//!              │                                      │    │            │
//!              │                                      │    └──(refunded in full)──▶ refunded
//!              ├─cancel, expire──▶ cancelled ◀──cancel┘
//!              └─its payment is cancelled by the provider──▶ failed
//! ```
//!
//! Placing an order prices it from the catalogue ([`pricing`]), takes the stock of its tracked
//! products, and stores all that in one commit. Cancelling it, on request or because it expired,
//! returns the stock in one commit, which also requests the refund of a paid order.
//!
//! Refunds of returned items count these on their lines, so that no more is returned than was
//! ordered. An order that is refunded in full, item by item or at once, is refunded and can't be
//! completed; if the refund fails afterwards, it returns to its previous status.
//!
//! **The catalogue may change while an order is placed.** The products are read consistently and
//! the order is written a few milliseconds later, without a condition on the products' versions. A
//! product that is archived or repriced in between is therefore still sold as read, as if the order
//! had come first; only stock, which can't be sold twice, is checked by the write itself. A
//! condition on each product would take one more action per line (103 for 50 tracked lines; the
//! maximum of a transaction is 100), make every edit of a description fail concurrent orders, and
//! make all buyers of a product conflict even if no stock is tracked.

mod basket;
mod decide;
mod order;
pub mod pricing;
mod returns;
pub mod store;
#[cfg(test)]
mod tests;

pub use basket::{Basket, BasketLine, Catalogue, MAX_LINES, MAX_QUANTITY};
pub use decide::{
    Place, cancel, complete, expire, fail, invoice, pay, place, release_invoice, start_payment,
};
pub use order::{
    CancelReason, Line, Order, OrderEvent, OrderStatus, PaymentState, ReturnedItem, TaxSum,
};
