//! What must agree: routes, templates, binaries, sample events and the API's description; and the
//! rules that the layers keep. No stack is started here.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod binaries;
mod circles;
mod dependencies;
mod described;
mod environment;
mod events;
mod examples;
mod generated;
mod if_match;
mod layers;
mod limits;
mod openapi;
mod parameters;
mod resources;
mod runbooks;
mod sources;
mod stanzas;
mod templates;
mod throttles;
