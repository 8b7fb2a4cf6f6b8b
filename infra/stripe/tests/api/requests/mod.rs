//! What is alike for all requests: keys, parameters, idempotency, expansion and pagination.

mod auth;
mod client;
mod expansions;
mod idempotency;
mod lists;
mod validation;
