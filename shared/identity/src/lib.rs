//! Accounts and their sessions: who may call, and how they prove it.
//!
//! An [`account`] begins as a registered address, and becomes active when a link that was mailed to
//! it is opened ([`mailed_links`]). Signing in with a [`password`], or with an account at a
//! provider ([`oidc`]), and with a [`second_factor`] if enabled, starts a session ([`sessions`]).
//! It returns two tokens: an access token ([`tokens`]) that is valid for an hour and is verified on
//! each request, and a refresh token that gets the next pair. Programs use [`api_keys`]. The data
//! that the guard before every handler needs about a caller comes from [`sessions::access`].
//!
//! This crate contains nothing about a business domain, HTTP or Lambda.

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
