//! What all requests have in common: keys, parameters, idempotency, expansion and pagination.

mod auth;
mod client;
mod expansions;
mod idempotency;
mod lists;
mod validation;
