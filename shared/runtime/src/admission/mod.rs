//! What happens to a request before its handler: whether it came by the edge and from a page that
//! may send it, who is calling and how often, and whether it has been answered before.

pub(crate) mod access;
pub(crate) mod browser;
pub(crate) mod caller;
pub(crate) mod guard;
pub(crate) mod idempotency;
mod lease;
pub(crate) mod origin_lock;
pub(crate) mod rights;
pub(crate) mod viewer_address;
