//! The settings in the data table.

use builder_store::aggregate::Versioned;
use builder_store::cached::Cached;
use builder_store::commit::Commit;
use builder_store::error::Result;
use builder_store::event::chain::Link;
use builder_store::table::Table;
use jiff::SignedDuration;

use crate::keys;
use crate::settings::{Settings, SettingsEvent};

/// Reads the current settings; the defaults with version 0 before the first change.
///
/// # Errors
/// As [`Table::call`].
pub async fn load(table: &Table) -> Result<Versioned<Settings>> {
    let stored = table.load(&keys::settings()).await?;
    Ok(stored.unwrap_or_else(|| Versioned {
        state: Settings::default(),
        version: 0,
        link: Link::NONE,
    }))
}

impl Cached for Settings {
    const LIFE: SignedDuration = super::LIFE;

    async fn load(table: &Table) -> Result<Versioned<Self>> {
        load(table).await
    }
}

/// Adds `events` of the settings to `commit`.
///
/// # Errors
/// As [`Commit::save`].
pub fn change(
    commit: &mut Commit,
    before: &Versioned<Settings>,
    events: &[SettingsEvent],
) -> Result<Versioned<Settings>> {
    commit.save(Some(before).filter(|before| before.version > 0), events, None)
}
