//! Signing in with a password, a provider or a second factor, refreshing tokens, and signing out.

mod admission;
pub mod finish_oidc;
pub mod list_oidc_providers;
pub mod login;
pub mod login_second_factor;
pub mod logout;
pub mod refresh_token;
pub mod start_oidc;

use builder_runtime::Function;

/// Returns the functions of this folder.
pub(crate) fn functions() -> Vec<Function> {
    vec![
        login::function(),
        refresh_token::function(),
        logout::function(),
        login_second_factor::function(),
        list_oidc_providers::function(),
        start_oidc::function(),
        finish_oidc::function(),
    ]
}
