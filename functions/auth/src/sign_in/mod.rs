//! Signing in and out: with a password or an account elsewhere, a second factor, and new tokens.

mod admission;
pub mod finish_oidc;
pub mod list_oidc_providers;
pub mod login;
pub mod login_second_factor;
pub mod logout;
pub mod refresh_token;
pub mod start_oidc;

use builder_runtime::Function;

/// The functions of this folder.
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
