//! API keys, for programs that act for an account.

pub mod api_key;
pub mod key_use;
pub mod key_view;
