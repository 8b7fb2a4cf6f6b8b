//! Second factors in the data table, each in its own item, because no event may contain a secret.

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

/// Reads the second factor of a user, confirmed or not.
///
/// # Errors
/// As [`Table::call`].
pub async fn find(table: &Table, user: UserId) -> Result<Option<StoredFactor>> {
    let Some(item) = table.get(&keys::factor(user)).await? else { return Ok(None) };
    let factor = serde_json::from_str(&document_of(&item, "state")?).map_err(Error::internal)?;
    Ok(Some(StoredFactor { factor, version: number(&item, "version").unwrap_or(0) }))
}

/// Adds a new state of a factor to `commit`, replacing the one that was read. The commit fails with
/// [`Error::VersionConflict`] if it has changed since: if two requests present the same code
/// concurrently, only one succeeds.
///
/// # Errors
/// [`Error::Internal`] if it can't be serialised.
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

/// Adds the removal of a user's second factor to `commit`, if it is still as it was read.
pub fn remove(commit: &mut Commit, user: UserId, before: &StoredFactor) {
    let values = Item::from([(":seen".to_owned(), numeric(before.version))]);
    commit.delete_if(keys::factor(user), "version = :seen", values, Error::VersionConflict);
}
