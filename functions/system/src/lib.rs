//! Health checks, the OpenAPI document and its page, problem pages, `security.txt`, unknown routes,
//! and the relay of events to the queues.

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

/// Returns all functions of this domain.
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
