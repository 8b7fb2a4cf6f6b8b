//! Listings of objects and of their versions.

mod list;
mod on_list;
