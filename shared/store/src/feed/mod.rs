//! The feed: every event that ever was, at a position of its own.
//!
//! Events are committed by many functions at once, and no order is common to them. The function
//! `sequence-events` reads the table's stream and gives each event the next position, by appending
//! to a log ([`log`]). So the positions have no gap, an aggregate's events stand in the order of its
//! versions, and nothing is ever inserted before a position that somebody has read. As many runs at
//! once as there are shards of the stream may do so.
//!
//! Each entry also holds a link ([`crate::event::chain::Link::join`]): of the entry before and of
//! the event. The link of the last entry thus vouches for all.

mod log;
mod read;
mod sequence;
mod sweep;

pub(crate) use log::{End, end, entries};
pub use log::{Entry, Head};
pub(crate) use read::resolve_owned;
pub use read::{Part, Wanted, link_at, read};
pub(crate) use sequence::POSITION;
pub use sequence::{Arrival, sequence};
pub use sweep::sweep;
