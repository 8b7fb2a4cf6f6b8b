//! Parses a request: its route, its parameters and its idempotency key.

mod form;
pub(super) mod idempotency;
pub(super) mod params;
pub(super) mod route;
