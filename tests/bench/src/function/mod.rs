//! One function in isolation: its Runtime API, its events, its package and the AWS endpoint that it
//! calls.

pub mod events;
pub mod package;
pub mod proxy;
pub mod runtime_api;
pub mod tls;
