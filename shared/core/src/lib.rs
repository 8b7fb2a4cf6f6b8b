//! The order-to-cash domain.
//!
//! Each aggregate has its own folder (`invoices/`, `orders/`, `payments/`, `products/`,
//! `reconciliation/`, `settings/`): the pure rules (`decide`, `apply`), and a `store.rs` that
//! performs the I/O through `builder_store`. This crate contains nothing about HTTP or Lambda: a
//! command-line tool could use it.

pub mod id;
pub mod invoices;
pub mod keys;
pub mod ledger;
pub mod money;
pub mod orders;
pub mod payments;
pub mod ports;
pub mod products;
pub mod reconciliation;
pub mod sending;
pub mod settings;
pub mod subscriptions;
