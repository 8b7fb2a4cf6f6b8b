//! Accounts and sessions.

mod api_keys;
mod bootstrap_admin;
mod export;
mod guessing;
mod jwks;
mod login;
mod logout;
mod me;
mod password;
mod profile;
mod refresh_token;
mod register;
mod second_factor;
mod sessions;
mod tokens;
mod verify_email;
