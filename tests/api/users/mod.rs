//! Users, as admins see them.

mod change;
mod erase;
mod list;
