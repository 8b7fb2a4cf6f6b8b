//! Who may call a route, and what it does with an idempotency key.

use builder_identity::role::Permission;

/// Who may call a route. A required argument of every route, so that it can't be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, as often as the gateway lets them: for what is answered out of memory and must be,
    /// whatever else is down.
    Open,
    /// Anybody, limited by network address.
    Public,
    /// Signed-in callers whose role (or key) has this permission.
    Permit(Permission),
    /// Anybody. Whoever shows credentials that are good is the caller, and must have this
    /// permission; all others are limited by network address.
    PublicOr(Permission),
}

/// What a POST does with an `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idempotency {
    /// Taken when sent: the answer is kept with the write.
    Optional,
    /// Demanded; kept with the write like any other.
    Demanded,
    /// Demanded: the request has effects outside, so only one of a key runs at a time.
    Leased,
    /// Not looked at: the method is idempotent by itself, or the route issues tokens and has rules
    /// of its own.
    Ignored,
}
