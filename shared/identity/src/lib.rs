//! Accounts and their sessions: who may call, and how they prove it.
//!
//! An [`account`] begins as a registered address, and is usable once a link that was mailed there
//! is followed ([`mailed_links`]). Signing in with a [`password`], or with an account elsewhere
//! ([`oidc`]), and with a [`second_factor`] where there is one, starts a session ([`sessions`]). It
//! gives two tokens: an access token ([`tokens`]) that is good for an hour and is verified wherever
//! it is shown, and a refresh token that gets the next pair. Programs use [`api_keys`]. What the
//! guard before every handler knows of a caller is made by [`sessions::access`].
//!
//! This crate knows no business domain, no HTTP and no Lambda.

pub mod account;
pub mod api_keys;
pub mod contact;
pub mod email;
pub mod export;
pub mod id;
pub mod keys;
pub mod mailed_links;
pub mod oidc;
pub mod password;
pub mod policy;
pub mod role;
pub mod second_factor;
pub mod sessions;
pub mod tokens;

#[cfg(test)]
mod tests;
