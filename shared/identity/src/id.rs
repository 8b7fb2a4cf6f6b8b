//! Ids of what this crate stores.

builder_store::id_kinds! {
    /// A signed-in session.
    SessionKind, SessionId, "ses";
}
