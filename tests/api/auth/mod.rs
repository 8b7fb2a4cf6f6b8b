//! Accounts and sessions.

mod api_keys;
mod bootstrap_admin;
mod change_email;
mod cookies;
mod delete_me;
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
mod required_factor;
mod rotation;
mod second_factor;
mod security_mails;
mod sessions;
mod tokens;
mod verify_email;
