//! Accounts and sessions: registration, sign-in, token refresh, sign-out, the caller's account.

pub mod api_keys;
mod guess;
pub mod identities;
mod input;
mod known_network;
mod live;
pub mod me;
mod named_page;
mod oidc;
mod pace;
mod refusals;
pub mod registration;
pub mod second_factor;
pub mod sessions;
pub mod sign_in;
pub mod signing_keys;
mod step_up;
mod tokens;

use builder_runtime::Function;

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    let folders = [
        registration::functions(),
        sign_in::functions(),
        sessions::functions(),
        second_factor::functions(),
        api_keys::functions(),
        identities::functions(),
        me::functions(),
        signing_keys::functions(),
    ];
    folders.into_iter().flatten().collect()
}
