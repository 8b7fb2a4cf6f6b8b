//! Objects: conditional reads and writes, deletion, tags, retention and legal holds.

mod amend;
pub(super) mod conditions;
mod delete;
mod on_amend;
mod on_delete;
mod on_get;
pub(super) mod on_put;
pub(super) mod put;
pub(super) mod read;
pub(super) mod receive;
