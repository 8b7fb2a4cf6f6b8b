//! Users, as admins see them.

mod change;
pub(crate) mod erase;
mod list;
