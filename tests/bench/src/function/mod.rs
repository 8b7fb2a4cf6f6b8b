//! One function by itself: its Runtime API, its events, its package and the AWS endpoint behind it.

pub mod events;
pub mod package;
pub mod proxy;
pub mod runtime_api;
pub mod tls;
