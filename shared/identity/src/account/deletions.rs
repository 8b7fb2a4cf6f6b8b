//! The accounts that may have to be deleted, by the time from which on they do: those whose owners
//! asked for it, and registrations that nobody has verified.
//!
//! An entry stands beside the account's state and is written with it. It is removed last when an
//! account is deleted, so that a run which stopped half-way is completed by the next. The account
//! decides: an entry of one that is to be kept means nothing.

use builder_store::aggregate::Versioned;
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::table::{Table, primary, text, textual};
use jiff::Timestamp;

use crate::account::store::{self, Account};
use crate::account::user::{User, UserEvent};
use crate::keys;

/// How many are read at a time.
const PAGE: usize = 100;

/// An account that may be due for deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The account.
    pub user: UserId,
    at: Timestamp,
}

/// Adds to `commit` that an account is to be deleted. Nothing is added when it is already.
///
/// # Errors
/// [`Error::Refused`] with `last-admin` when nobody else could act as an admin. As
/// [`Commit::save`].
pub fn schedule(commit: &mut Commit, account: &Account) -> Result<Option<Versioned<User>>> {
    let events = account.user.state.schedule_deletion(commit.context().at);
    if events.is_empty() {
        return Ok(None);
    }
    let after = store::change(commit, account, &events)?;
    if let Some(due_at) = after.state.deletion_due_at {
        enter(commit, after.state.id, due_at);
    }
    Ok(Some(after))
}

/// Adds to `commit` that a registration, which it makes, is looked at when its first link has
/// expired.
pub fn expect_verification(commit: &mut Commit, registered: &User) {
    if let Some(expires_at) =
        registered.verifications.iter().map(|verification| verification.expires_at).max()
    {
        enter(commit, registered.id, expires_at);
    }
}

fn enter(commit: &mut Commit, user: UserId, due_at: Timestamp) {
    let key = keys::deletion(due_at, user);
    let mut item = primary(&key);
    item.insert("user".to_owned(), textual(user.to_string()));
    item.insert("dueAt".to_owned(), textual(due_at.to_string()));
    commit.insert(key, item, Error::VersionConflict);
}

/// Lets an account be kept that was to be deleted: gives what happens to it, and adds to `commit`
/// that its entry goes. Nothing, if it wasn't.
#[must_use]
pub fn cancel(commit: &mut Commit, user: &User) -> Vec<UserEvent> {
    let events = user.cancel_deletion(commit.context().at);
    if let Some(due_at) = user.deletion_due_at.filter(|_| !events.is_empty()) {
        commit.delete(keys::deletion(due_at, user.id));
    }
    events
}

/// Entries whose time has come, the oldest first: at most a hundred, after the last one of those
/// before.
///
/// # Errors
/// As [`Table::call`].
pub async fn due(table: &Table, after: Option<&Due>, now: Timestamp) -> Result<Vec<Due>> {
    let after = after.map(|due| keys::deletion(due.at, due.user).sk);
    let (items, _) =
        table.partition(keys::DELETIONS, keys::DUE_PREFIX, after.as_deref(), PAGE).await?;
    let read = items.into_iter().map(|item| {
        let user = text(&item, "user")?.parse().map_err(Error::internal)?;
        let at = text(&item, "dueAt")?.parse().map_err(Error::internal)?;
        Ok(Due { user, at })
    });
    let all: Vec<Due> = read.collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|due| due.at <= now).collect())
}

/// Adds to `commit` that nothing is left to do for an entry.
pub fn done(commit: &mut Commit, due: &Due) {
    commit.delete(keys::deletion(due.at, due.user));
}
