//! Accounts and sessions.

mod bootstrap_admin;
mod jwks;
mod login;
mod logout;
mod me;
mod refresh_token;
mod register;
mod tokens;
mod verify_email;
