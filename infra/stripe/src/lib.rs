//! A local Stripe: what a shop needs of Stripe's API to take payments by card, on this machine,
//! without an account.
//!
//! It answers as Stripe does for payment intents, charges, refunds, balance transactions and
//! events, knows Stripe's test cards, keeps idempotency keys, signs and repeats webhooks, and fails
//! on demand. `docs/local-stripe.md` says what it doesn't do.
//!
//! A call goes from `server` (HTTP, authentication, faults) to `execute` (idempotency key, one
//! change, one answer), which asks `machine` (pure functions) what is to change, writes that to the
//! `journal`, and only then applies and answers it.

mod books;
mod cards;
mod clock;
mod currency;
mod delivery;
mod error;
mod execute;
pub mod faults;
mod ids;
mod machine;
mod objects;
mod options;
mod request;
mod server;
mod state;
mod stripe;
mod tasks;
mod webhooks;

pub use books::summary::{Balance, Summary, Tally};
pub use clock::Clock;
pub use faults::Faults;
pub use options::{Options, WebhookEndpoint};
pub use stripe::Stripe;
pub use webhooks::Delivery;
