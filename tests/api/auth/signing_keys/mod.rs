//! Signing keys, and the access tokens that they sign.

mod jwks;
pub(crate) mod rotation;
mod tokens;
