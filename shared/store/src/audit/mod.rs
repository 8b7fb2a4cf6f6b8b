//! The audit trail: all events, searchable by who caused them, what they happened to, type and
//! time, and verifiable.
//!
//! An event is listed by the write that creates it, so the trail is always complete. The chain
//! ([`crate::event::chain`]), the feed ([`crate::feed`]) and the signed heads of the feed
//! ([`heads`]) show that nobody has changed it since; [`verify`] checks all three, and that each
//! state matches its events.

mod fold;
pub mod heads;
mod search;
pub mod verify;

pub use fold::Fold;
pub use search::{Search, search};
