//! Finds accounts by identities at OpenID providers.

use builder_store::error::{Error, Result};
use builder_store::table::{Table, text};

use crate::account::store::{Account, IDENTITY, identity_value, load};
use crate::keys;

/// Finds the account that this identity signs in to.
///
/// # Errors
/// As [`Table::call`]; [`Error::VersionConflict`] if it was unlinked during the read.
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
