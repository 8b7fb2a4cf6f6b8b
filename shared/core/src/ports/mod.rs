//! What the domain needs of the world outside: one trait per ability, in our words, with its adapters beside it.

pub mod documents;
pub mod email;
pub mod erasures;
pub mod logos;
pub mod payments;
pub mod web;
