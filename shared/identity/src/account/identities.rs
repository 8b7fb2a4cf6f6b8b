//! Whose an identity at an OpenID provider is, in the data table.

use builder_store::error::{Error, Result};
use builder_store::table::{Table, text};

use crate::account::store::{Account, IDENTITY, identity_value, load};
use crate::keys;

/// The account that this identity signs in to, if any.
///
/// # Errors
/// As [`Table::call`]; [`Error::VersionConflict`] when it was unlinked while reading.
pub async fn find(table: &Table, issuer: &str, subject: &str) -> Result<Option<Account>> {
    let Some(lock) = table.get(&keys::unique(IDENTITY, &identity_value(issuer, subject))).await?
    else {
        return Ok(None);
    };
    let user = text(&lock, "holder")?.parse().map_err(Error::internal)?;
    let account = load(table, user).await?;
    let holds = |account: &Account| {
        account.user.state.identities.iter().any(|identity| identity.is(issuer, subject))
    };
    account.filter(holds).ok_or(Error::VersionConflict).map(Some)
}
