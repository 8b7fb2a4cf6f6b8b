//! The settings in the data table.

use crate::aggregate::Versioned;
use crate::chain::Link;
use crate::commit::Commit;
use crate::error::Result;
use crate::keys;
use crate::settings::{Settings, SettingsEvent};
use crate::table::Table;

/// The settings as they are; the defaults in version 0 before the first change.
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

/// Adds to `commit` what `events` make of the settings.
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
