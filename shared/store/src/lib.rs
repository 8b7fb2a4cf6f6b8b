//! The event store: aggregates and their events, one transaction per change, and everything based
//! on that.
//!
//! - An [`aggregate`] is a state and its events. A [`commit`] writes both, with unique values,
//!   counters and the response that a repeated request receives, in one DynamoDB transaction.
//! - An [`event`] is chained to the previous one; the [`feed`] assigns every event a position, and
//!   the [`audit`] trail searches events and verifies that none was changed.
//! - A [`listing`] reads pages from the indexes; the [`table`] reads single items and ranges, under
//!   the [`keys`] that are common to all aggregates.
//! - A state, the data of an event and a stored response are each stored as a [`document`].
//! - The lowest layer is [`aws`] clients, the environment ([`config`]), the [`clock`], [`id`]s and
//!   [`error`]s.
//!
//! This crate contains nothing about a business domain, HTTP or Lambda. Aggregates of any kind can
//! use it.

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
