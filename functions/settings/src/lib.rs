//! The deployment's settings: read, replaced, and who has changed what.

mod branding;
mod checks;
mod company;
pub mod get_settings;
mod input;
pub mod list_settings_events;
mod picture;
pub mod replace_logo;
pub mod replace_settings;
mod security;

use builder_core::settings::{Document, Settings, SettingsEvent, store};
use builder_runtime::{Call, Function, Reply};
use builder_store::aggregate::Versioned;
use builder_store::commit::Commit;
use builder_store::error::Result;

/// Every function of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        get_settings::function(),
        replace_settings::function(),
        replace_logo::function(),
        list_settings_events::function(),
    ]
}

/// The settings with their version as `ETag`: 0 before the first change.
fn reply(document: &Document, version: u64) -> Result<Reply<Document>> {
    Ok(Reply::ok(document)?.etag(version))
}

/// Writes what happened to the settings, and answers with what they say then. Nothing is written
/// when nothing happened.
async fn change(
    call: &Call,
    before: &Versioned<Settings>,
    events: &[SettingsEvent],
) -> Result<Reply<Document>> {
    if events.is_empty() {
        return reply(&before.state.document, before.version);
    }
    let mut commit = Commit::new(&call.context());
    let after = store::change(&mut commit, before, events)?;
    let answer = call.commit(commit, reply(&after.state.document, after.version)?).await?;
    call.clear_cached::<Settings>().await;
    Ok(answer)
}
