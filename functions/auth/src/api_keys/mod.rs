//! The caller's API keys.

pub mod create_api_key;
pub mod get_api_key;
pub mod list_api_keys;
pub mod revoke_api_key;

use builder_runtime::Function;

/// Returns the functions of this folder.
pub(crate) fn functions() -> Vec<Function> {
    vec![
        create_api_key::function(),
        list_api_keys::function(),
        revoke_api_key::function(),
        get_api_key::function(),
    ]
}
