//! The accounts that may have to be deleted, by due time: those whose owners requested it, and
//! unverified registrations.
//!
//! An entry is stored next to the account's state and written with it. It is removed last when an
//! account is deleted, so that the next run completes one that was interrupted. The account's state
//! is authoritative: an entry of an account that isn't due has no effect.

use builder_store::aggregate::Versioned;
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::table::{Table, primary, text, textual};
use jiff::Timestamp;

use crate::account::store::{self, Account};
use crate::account::user::{User, UserEvent};
use crate::keys;

/// The number of entries read at a time.
const PAGE: usize = 100;

/// An account that may be due for deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The account.
    pub user: UserId,
    at: Timestamp,
}

/// Adds a scheduled deletion of an account to `commit`. Adds nothing if it is already scheduled.
///
/// # Errors
/// [`Error::Refused`] with `last-admin` if there would be no active admin left. As
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

/// Adds an entry to `commit`, so that a registration is checked after its first link has expired.
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

/// Cancels the scheduled deletion of an account: returns the events, and adds the removal of its
/// entry to `commit`. Does nothing if none is scheduled.
#[must_use]
pub fn cancel(commit: &mut Commit, user: &User) -> Vec<UserEvent> {
    let events = user.cancel_deletion(commit.context().at);
    if let Some(due_at) = user.deletion_due_at.filter(|_| !events.is_empty()) {
        commit.delete(keys::deletion(due_at, user.id));
    }
    events
}

/// Reads the due entries, oldest first: at most a hundred, starting after the entry `after`.
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

/// Adds the removal of a processed entry to `commit`.
pub fn done(commit: &mut Commit, due: &Due) {
    commit.delete(keys::deletion(due.at, due.user));
}
