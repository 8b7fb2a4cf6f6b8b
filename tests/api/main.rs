//! Each route's behaviour over HTTP: good, bad, stranger, other owner, stale, duplicate. The
//! modules mirror the routes; `common` holds what is alike for all of them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod audit;
mod auth;
mod common;
mod console;
mod invoices;
mod orders;
mod payments;
mod products;
mod settings;
mod system;
mod users;
