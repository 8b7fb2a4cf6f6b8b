//! Messages: sending, receiving, deletion and visibility, one at a time or in batches.

mod batch;
mod receive;
mod send;
pub(super) mod settle;
