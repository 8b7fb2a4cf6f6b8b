//! Accounts and sessions: registration, sign-in, refresh, sign-out, the caller's own account.

pub mod bootstrap_admin;
pub mod get_me;
mod input;
pub mod jwks;
pub mod login;
pub mod logout;
mod me;
mod pace;
pub mod refresh_token;
pub mod register;
pub mod resend_verification;
mod tokens;
pub mod update_me;
pub mod verify_email;

use builder_runtime::Function;

/// Every function of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        register::function(),
        verify_email::function(),
        resend_verification::function(),
        login::function(),
        refresh_token::function(),
        logout::function(),
        jwks::function(),
        get_me::function(),
        update_me::function(),
        bootstrap_admin::function(),
    ]
}

/// How often a change is tried when others change the same account or session meanwhile.
const ATTEMPTS: u32 = 8;
