//! The behaviour of each route over HTTP: valid, invalid, unauthenticated, other owner, stale,
//! duplicate. The modules mirror the routes; `common` contains the common behaviour of all.
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
