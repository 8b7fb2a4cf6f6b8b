//! IDs of this crate's aggregates.

builder_store::id_kinds! {
    /// A signed-in session.
    SessionKind, SessionId, "ses";
}
