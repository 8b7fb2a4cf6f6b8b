//! The feed: every event, each at its own position.
//!
//! Many functions commit events concurrently, without a common order. The function
//! `sequence-events` reads the table's stream and assigns each event the next position, by
//! appending to a log ([`log`]). Positions therefore have no gaps, an aggregate's events are in the
//! order of its versions, and nothing is ever inserted before a position that has already been
//! read. One run per shard of the stream may do so concurrently.
//!
//! Each entry also contains a link ([`crate::event::chain::Link::join`]), the hash of the previous
//! entry's link and the event. The link of the last entry therefore covers all of them.

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
