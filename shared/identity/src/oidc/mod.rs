//! Signing in with an account at a provider: OpenID Connect Core 1.0, authorization code flow with
//! PKCE.
//!
//! ```text
//! start     ──> a flow is stored (state, hash of the flow's secret), the browser goes to the
//! provider
//! provider  ──> back to the application with a code and the state
//! callback  ──> the flow is consumed, the code exchanged, the ID token verified: (issuer, subject)
//! identify the person
//! ```
//!
//! The [`provider`]s are configured; their addresses are discovered ([`metadata`]), their keys are
//! in a [`key_set`]. A [`flow`] can be used once, within ten minutes, and only by the browser that
//! began it. An [`id_token`] is trusted only for what it proves. The [`client`] calls the provider,
//! for example for the [`exchange`] of a code.

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
