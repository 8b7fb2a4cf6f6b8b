//! Accounts: a person's data and the changes to it.

pub mod addresses;
pub mod deletions;
pub mod directory;
pub mod identities;
pub mod known_networks;
pub mod network;
pub mod profile;
pub mod store;
pub mod user;
