//! The order-to-cash domain.
//!
//! Each aggregate lives in a folder of its own (`invoices/`, `orders/`, `payments/`, `products/`,
//! `reconciliation/`, `settings/`): the pure rules (`decide`, `apply`), and a `store.rs` that does
//! the I/O, by way of `builder_store`. This crate knows no HTTP and no Lambda: a command line tool
//! could use it as it is.

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
