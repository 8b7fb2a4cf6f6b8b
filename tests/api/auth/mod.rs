//! Accounts and sessions.

mod api_keys;
mod bootstrap_admin;
mod cookies;
mod ended_sessions;
mod enumeration;
mod export;
mod guessing;
mod jwks;
mod login;
mod logout;
mod me;
mod oidc;
mod oidc_identities;
mod oidc_tokens;
mod password;
mod profile;
mod refresh_token;
mod register;
mod registration_orders;
mod rotation;
mod second_factor;
mod sessions;
mod tokens;
mod verify_email;
