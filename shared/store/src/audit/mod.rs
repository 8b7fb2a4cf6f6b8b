//! The audit trail: every event there is, found by who caused it, what it happened to, its type and
//! its time, and proved whole.
//!
//! An event is listed in the write that makes it, so the trail is complete at once. That nobody has
//! changed it since is shown by the chain ([`crate::event::chain`]), the feed over it ([`crate::feed`])
//! and the signed heads of the feed ([`heads`]); [`verify`] checks all three, and that each
//! state is what its events make.

mod fold;
pub mod heads;
mod search;
pub mod verify;

pub use fold::Fold;
pub use search::{Search, search};
