//! The consistency of routes, templates, binaries, sample events and the API's description; and the
//! rules of the layers. No stack is started here.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod binaries;
mod description;
mod events;
mod generated;
mod limits;
mod runbooks;
mod sources;
mod structure;
mod templates;
