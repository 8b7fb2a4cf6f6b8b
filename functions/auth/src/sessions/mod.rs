//! The caller's sessions.

pub mod end_other_sessions;
pub mod end_session;
pub mod list_sessions;

use builder_runtime::Function;

/// Returns the functions of this folder.
pub(crate) fn functions() -> Vec<Function> {
    vec![list_sessions::function(), end_session::function(), end_other_sessions::function()]
}
