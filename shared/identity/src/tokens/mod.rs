//! Access tokens: JWTs signed with the deployment's key.

pub mod claims;
pub mod public_keys;
pub mod signing_key;
pub mod signing_secret;
pub mod token;
