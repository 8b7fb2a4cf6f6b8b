//! Sign-in and sign-out, and token refresh.

mod cookies;
mod login;
mod logout;
mod refresh_token;
