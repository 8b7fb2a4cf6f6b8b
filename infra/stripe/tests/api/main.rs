//! The local Stripe over real HTTP.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod common;
mod sink;

mod auth;
mod cards;
mod client;
mod expansions;
mod faults;
mod idempotency;
mod intents;
mod journal;
mod lists;
mod processing;
mod refunds;
mod secure;
mod validation;
mod webhooks;
