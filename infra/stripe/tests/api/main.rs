//! The local Stripe over real HTTP.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod common;
mod payments;
mod requests;
mod sink;

mod faults;
mod journal;
mod webhooks;
