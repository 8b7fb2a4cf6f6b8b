//! The caller's identities at OpenID providers.

pub mod link_identity;
pub mod list_identities;
pub mod start_identity_link;
pub mod unlink_identity;
pub(crate) mod view;

use builder_runtime::Function;

/// Returns the functions of this folder.
pub(crate) fn functions() -> Vec<Function> {
    vec![
        list_identities::function(),
        start_identity_link::function(),
        link_identity::function(),
        unlink_identity::function(),
    ]
}
