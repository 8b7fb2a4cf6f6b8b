//! What the tests share: a [`Stack`] to talk to, the people who do ([`Visitor`], [`User`]), and
//! [`Answer`]s that explain themselves when a test expects something else.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must say so at once"
)]

mod actors;
mod answer;
pub mod aws;
pub mod catalogue;
mod client;
mod described;
mod mail;
pub mod oidc;
mod repository;
mod stack;
pub mod token;

pub use actors::authenticator::Authenticator;
pub use actors::payer::{GOOD_CARD, stripe_signature};
pub use actors::{PASSWORD, User, Visitor};
pub use answer::{Answer, Problem};
pub use aws::Aws;
pub use client::{Client, Request, fresh_key};
pub use described::{Described, described, escaped};
pub use mail::{Attachment, Mail};
pub use repository::{deployed, functions, model, repository, routes};
pub use stack::clock::TestClock;
pub use stack::log::Log;
pub use stack::process::Process;
pub use stack::{ADMIN, Setup, Stack};
pub use token::Tokens;

/// The allocator of `cargo run`: the C library's is slow where many threads allocate.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
