//! The deployment's settings: read, replaced, and who has changed what.

mod checks;
mod company;
pub mod get_settings;
mod input;
pub mod list_settings_events;
pub mod replace_settings;

use builder_core::error::Result;
use builder_core::settings::Document;
use builder_runtime::{Function, Reply};

/// Every function of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![get_settings::function(), replace_settings::function(), list_settings_events::function()]
}

/// The settings with their version as `ETag`: 0 before the first change.
fn reply(document: &Document, version: u64) -> Result<Reply<Document>> {
    Ok(Reply::ok(document)?.etag(version))
}
