//! The order-to-cash domain and its store.
//!
//! This crate knows DynamoDB, because its conditions are part of the logic, but it knows no HTTP
//! and no Lambda: a command line tool could use it as it is. Each aggregate lives in a folder of
//! its own (`invoices/`, `orders/`, `payments/`, `products/`, `settings/`, `users/`): the pure
//! rules (`decide`, `apply`), and a `store.rs` that does the I/O.

pub mod aggregate;
pub mod audit;
pub mod aws;
pub mod chain;
pub mod clock;
pub mod commit;
pub mod config;
pub mod contact;
pub mod error;
pub mod event;
pub mod feed;
pub mod history;
pub mod hooks;
pub mod id;
pub mod idempotency;
pub mod invoices;
pub mod keys;
pub mod ledger;
pub mod listing;
pub mod merge;
pub mod money;
pub mod oidc;
pub mod orders;
pub mod payments;
pub mod personal;
pub mod ports;
pub mod products;
pub mod reconciliation;
pub mod sending;
pub mod settings;
pub mod subscriptions;
pub mod table;
pub mod text;
pub mod users;

pub use clock::{Clock, SystemClock};
pub use error::{Error, Result};
