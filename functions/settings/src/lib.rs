//! The deployment's settings: reading and replacing them, the logo, and their history.

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

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        get_settings::function(),
        replace_settings::function(),
        replace_logo::function(),
        list_settings_events::function(),
    ]
}

/// Returns the settings with their version as `ETag`; 0 before the first change.
fn reply(document: &Document, version: u64) -> Result<Reply<Document>> {
    Ok(Reply::ok(document)?.etag(version))
}

/// Commits the events of the settings, if there are any, and returns the changed settings.
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
