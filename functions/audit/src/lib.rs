//! The audit trail and the change feed, and the verification of their integrity.

pub mod list_audit_events;
pub mod list_events;
pub mod seal_audit;
pub mod sequence_events;
mod trail;
pub mod verify_audit;
mod view;

use builder_runtime::Function;
pub use view::{Resource, TrailEvent};

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        list_audit_events::function(),
        list_events::function(),
        sequence_events::function(),
        seal_audit::function(),
        verify_audit::function(),
    ]
}
