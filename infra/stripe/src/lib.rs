//! A local Stripe: the part of Stripe's API that a shop needs to accept card payments, on this
//! machine, without an account.
//!
//! It responds as Stripe does for payment intents, charges, refunds, balance transactions and
//! events, implements Stripe's test cards and idempotency keys, signs and retries webhooks, and
//! fails on demand. `docs/local-stripe.md` lists what it doesn't support.
//!
//! A call is passed from `server` (HTTP, authentication, faults) to `execute` (idempotency key, one
//! change, one response). `machine` (pure functions) computes the change, which is written to the
//! `journal` before it is applied and the response is sent.

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
