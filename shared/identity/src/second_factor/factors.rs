//! Second factors in the data table, each in an item of its own: no event must hold a secret.

use std::collections::HashMap;

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::table::{Item, Table, document, document_of, number, numeric, primary};

use crate::keys;
use crate::second_factor::Factor;

/// A second factor as read.
#[derive(Debug, Clone)]
pub struct StoredFactor {
    /// The factor.
    pub factor: Factor,
    version: i64,
}

/// The second factor of a user, confirmed or not.
///
/// # Errors
/// As [`Table::call`].
pub async fn find(table: &Table, user: UserId) -> Result<Option<StoredFactor>> {
    let Some(item) = table.get(&keys::factor(user)).await? else { return Ok(None) };
    let factor = serde_json::from_str(&document_of(&item, "state")?).map_err(Error::internal)?;
    Ok(Some(StoredFactor { factor, version: number(&item, "version").unwrap_or(0) }))
}

/// Adds to `commit` what a factor is from now on, in place of what was read. The commit is
/// [`Error::VersionConflict`] when it has changed since: of two who present one code at the same
/// time, one is first.
///
/// # Errors
/// [`Error::Internal`] when it can't be written.
pub fn keep(
    commit: &mut Commit,
    user: UserId,
    before: Option<&StoredFactor>,
    factor: &Factor,
) -> Result<()> {
    let state = document(&serde_json::to_string(factor).map_err(Error::internal)?)?;
    let key = keys::factor(user);
    match before {
        None => {
            let mut item = primary(&key);
            item.insert("state".to_owned(), state);
            item.insert("version".to_owned(), numeric(1));
            commit.insert(key, item, Error::VersionConflict);
        }
        Some(before) => {
            let names = HashMap::from([("#state".to_owned(), "state".to_owned())]);
            let values = Item::from([
                (":state".to_owned(), state),
                (":seen".to_owned(), numeric(before.version)),
                (":next".to_owned(), numeric(before.version + 1)),
            ]);
            commit.update_named(
                key,
                "SET #state = :state, version = :next",
                "version = :seen",
                names,
                values,
                Error::VersionConflict,
            );
        }
    }
    Ok(())
}

/// Adds to `commit` that a user has no second factor any more, in place of what was read.
pub fn remove(commit: &mut Commit, user: UserId, before: &StoredFactor) {
    let values = Item::from([(":seen".to_owned(), numeric(before.version))]);
    commit.delete_if(keys::factor(user), "version = :seen", values, Error::VersionConflict);
}
