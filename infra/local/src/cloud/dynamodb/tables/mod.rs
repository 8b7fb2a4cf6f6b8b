//! Operations on tables: creation, description, update and deletion.

mod admin;
mod describe;
pub(super) mod described;
