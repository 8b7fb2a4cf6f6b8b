//! What the domain needs of the world outside: per ability its types in our words, and the adapter;
//! a trait where there is more than one adapter.

pub mod documents;
pub mod email;
pub mod erasures;
pub mod logos;
pub mod payments;
