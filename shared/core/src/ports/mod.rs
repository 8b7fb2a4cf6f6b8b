//! External services of the domain: for each, its types in the domain's terms, and the adapter; a
//! trait if there is more than one adapter.

pub mod documents;
pub mod email;
pub mod erasures;
pub mod logos;
pub mod payments;
