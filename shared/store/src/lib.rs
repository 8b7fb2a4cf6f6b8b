//! What stores: aggregates and their events, in one transaction per change, and all that follows
//! from that.
//!
//! - An [`aggregate`] is a state and the events that made it. A [`commit`] writes both, with unique
//!   values, counters and the answer that a repeated request gets, in one DynamoDB transaction.
//! - An [`event`] is chained to the one before it; the [`feed`] gives every event a position, and
//!   the [`audit`] trail finds events and proves that none was changed.
//! - A [`listing`] reads pages over the indexes; the [`table`] reads single items and ranges, under
//!   the [`keys`] that are the same for every aggregate.
//! - A state, what changed in an event and a kept answer are stored as a [`document`].
//! - Under these lie [`aws`] clients, the environment ([`config`]), the [`clock`], [`id`]s and
//!   [`error`]s.
//!
//! This crate knows no business domain, no HTTP and no Lambda. An aggregate of any kind can use it
//! as it is.

pub mod aggregate;
pub mod audit;
pub mod aws;
pub mod cached;
pub mod clock;
pub mod commit;
pub mod config;
pub mod document;
pub mod error;
pub mod event;
pub mod feed;
pub mod id;
pub mod keys;
pub mod listing;
pub mod merge;
pub mod personal;
pub mod table;
pub mod text;

pub use clock::{Clock, SystemClock};
pub use error::{Error, Result};
