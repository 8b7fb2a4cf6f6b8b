//! Accounts and sessions.

mod abuse;
mod api_keys;
mod me;
mod oidc;
mod password;
mod registration;
mod second_factor;
mod sessions;
mod sign_in;
mod signing_keys;
