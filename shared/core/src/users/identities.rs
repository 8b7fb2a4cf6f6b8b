//! Whose an identity at an OpenID provider is, in the data table.

use crate::error::{Error, Result};
use crate::keys;
use crate::table::{Table, text};
use crate::users::store::{Account, load};

/// The kind of lock that finds the account of an identity.
pub(super) const IDENTITY: &str = "identity";

/// The value that is unique: neither part can hold a line break.
pub(super) fn unique(issuer: &str, subject: &str) -> String {
    format!("{issuer}\n{subject}")
}

/// The account that this identity signs in to, if any.
///
/// # Errors
/// As [`Table::call`]; [`Error::Stale`] when it was unlinked while reading.
pub async fn find(table: &Table, issuer: &str, subject: &str) -> Result<Option<Account>> {
    let Some(lock) = table.get(&keys::unique(IDENTITY, &unique(issuer, subject))).await? else { return Ok(None) };
    let user = text(&lock, "holder")?.parse().map_err(Error::internal)?;
    let account = load(table, user).await?;
    let holds = |account: &Account| account.user.state.identities.iter().any(|identity| identity.is(issuer, subject));
    account.filter(holds).ok_or(Error::Stale).map(Some)
}
