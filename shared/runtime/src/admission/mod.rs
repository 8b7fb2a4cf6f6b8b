//! Processing before the handler: the origin lock, cross-site protection, authentication, rate
//! limits and idempotency keys.

pub(crate) mod access;
pub(crate) mod browser;
pub(crate) mod caller;
pub(crate) mod guard;
pub(crate) mod idempotency;
mod lease;
pub(crate) mod origin_lock;
pub(crate) mod rights;
pub(crate) mod viewer_address;
