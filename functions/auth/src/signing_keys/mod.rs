//! The keys that access tokens are signed with.

pub mod jwks;
pub mod rotate_signing_key;

use builder_runtime::Function;

/// Returns the functions of this folder.
pub(crate) fn functions() -> Vec<Function> {
    vec![jwks::function(), rotate_signing_key::function()]
}
