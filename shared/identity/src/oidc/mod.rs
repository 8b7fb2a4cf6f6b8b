//! Signing in with an account elsewhere: OpenID Connect Core 1.0, authorization code flow with
//! PKCE.
//!
//! ```text
//! start     ──> a flow is kept (state, hash of the flow's secret), the browser goes to the provider
//! provider  ──> back to the application with a code and the state
//! callback  ──> the flow is consumed, the code exchanged, the ID token verified: (issuer, subject) is who it is
//! ```
//!
//! The [`provider`]s are configured; what each offers is found by discovery ([`metadata`]), its
//! keys in a [`key_set`]. A [`flow`] is good once and for ten minutes, and only for the browser
//! that began it. What an [`id_token`] says is believed for what it proves, no more. The [`client`]
//! does the asking, the [`exchange`] of a code among it.

pub mod client;
pub mod exchange;
mod failure;
pub mod flow;
pub mod id_token;
pub mod key_set;
pub mod metadata;
pub mod provider;
pub mod store;

pub use client::Client;
pub use failure::Failure;
pub use flow::{Flow, FlowSecret};
pub use id_token::Claims;
pub use provider::{Provider, Providers};

/// Seconds since 1970, of a token or a flow.
type Seconds = i64;
