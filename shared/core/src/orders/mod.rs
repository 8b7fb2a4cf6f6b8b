//! Orders: what somebody buys, at the prices of the moment, and what becomes of it.
//!
//! ```text
//! place ──▶ pending ──(paid, or nothing to pay)──▶ processing ──▶ completed
//!              │
//!              ├─cancel, expire──▶ cancelled
//!              └─its payment is given up──▶ failed
//! ```
//!
//! Placing an order prices it from the catalogue ([`pricing`]), takes the stock of its tracked
//! products, and stores all that in one commit. Cancelling it, by hand or because it stayed unpaid
//! too long, gives the stock back in one commit.
//!
//! **The catalogue may change while an order is placed.** The products are read consistently and
//! the order is written a few milliseconds later, without a condition on the products' versions. So
//! a product that is archived or re-priced in between is still sold as read, just as if the order
//! had come first; only stock, which can't be sold twice, is decided by the write itself. A
//! condition on each product would take one more action per line (103 for 50 tracked lines; a
//! transaction holds 100), make every edit of a description fail the checkouts under way, and make
//! all buyers of a product conflict with each other even where no stock is counted.

mod basket;
mod order;
pub mod pricing;
pub mod store;
#[cfg(test)]
mod tests;

pub use basket::{Basket, BasketLine, Catalogue, MAX_LINES, MAX_QUANTITY};
pub use order::{
    CancelReason, Line, Order, OrderEvent, OrderStatus, Place, TaxSum, cancel, complete, expire,
    fail, invoice, pay, place, release_invoice, start_payment,
};
