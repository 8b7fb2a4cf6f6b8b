//! Signing keys, and the access tokens that they sign.

mod jwks;
mod rotation;
mod tokens;
