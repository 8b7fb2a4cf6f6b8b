//! Access to routes, and their use of idempotency keys.

use builder_identity::role::Permission;

/// The callers of a route. A required argument of every route, so that it can't be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone, as often as the gateway allows: for responses from memory that must be available
    /// even if other services are down.
    Open,
    /// Everyone, limited by network address.
    Public,
    /// Signed-in callers whose role (and API key) has this permission.
    Permit(Permission),
    /// Everyone. A request with valid credentials is treated as from that caller, who must have
    /// this permission; all others are limited by network address.
    PublicOr(Permission),
}

/// How a POST uses an `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idempotency {
    /// Used if sent: the response is stored with the write.
    Optional,
    /// Required; the response is stored with the write.
    Demanded,
    /// Required: the request has external effects, so only one per key runs at a time.
    Leased,
    /// Not used: the method is idempotent, or the route issues tokens and has its own rules.
    Ignored,
}
