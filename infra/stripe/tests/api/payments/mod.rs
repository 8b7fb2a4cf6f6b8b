//! Payment intents and refunds: test cards, 3-D Secure and asynchronous processing.

mod cards;
mod intents;
mod processing;
mod refunds;
mod secure;
