//! What keeps the system running and explains it: health, the OpenAPI document and its page,
//! problem pages, unknown routes, and the relay of events to the queues.

pub mod docs;
pub mod docs_asset;
pub mod health;
pub mod not_found;
pub mod openapi;
pub mod problem;
pub mod ready;
pub mod relay_events;
pub mod security_txt;

use builder_runtime::Function;

/// Every function of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        health::function(),
        ready::function(),
        openapi::function(),
        docs::function(),
        docs_asset::function(),
        problem::function(),
        not_found::function(),
        relay_events::function(),
        security_txt::function(),
    ]
}
