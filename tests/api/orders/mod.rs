//! Orders.

mod cancel;
mod events;
mod expire;
mod list;
mod mails;
mod place;
mod pricing;
mod read;

/// Returns the path of an order.
pub(crate) fn path(id: &str) -> String {
    format!("/api/v1/orders/{id}")
}
