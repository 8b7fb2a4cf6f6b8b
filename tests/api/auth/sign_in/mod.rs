//! Signing in and out, and the refreshing of tokens.

mod cookies;
mod login;
mod logout;
mod refresh_token;
