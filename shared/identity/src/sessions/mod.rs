//! Sessions in the data table, beside their accounts.

pub mod access;
pub mod refresh_token;
pub mod session;

use builder_store::aggregate::{Aggregate as _, Versioned};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::id::UserId;
use builder_store::listing::Page;
use builder_store::table::{Table, versioned};
use jiff::{SignedDuration, Timestamp};

use crate::account::store::{Account, account};
use crate::account::user::User;
use crate::id::SessionId;
use crate::keys;
use crate::sessions::access::refuse_session;
use crate::sessions::session::{EndReason, Session, SessionEvent};

/// How many of an account's oldest sessions are looked through at a sign-in for such as can be
/// forgotten.
const OLDEST: usize = 20;
/// How long a session is kept after it is over: longer than any access token of it.
const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(24);
/// Sessions read at a time for a list.
const PAGE: usize = 100;

/// A session as read, with its account.
#[derive(Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Versioned<Session>,
    /// The ID of the owner's account.
    pub account: Account,
}

/// The session with this id and its account, if the user has it.
///
/// # Errors
/// As [`Table::call`].
pub async fn load(table: &Table, user: UserId, session: SessionId) -> Result<Option<SignedIn>> {
    let at = keys::session(user, session);
    let mut items =
        table.get_all(&[keys::state("user", user), keys::person_key(user), at.clone()]).await?;
    let (Some(account), Some(item)) = (account(&mut items, user)?, items.remove(&at)) else {
        return Ok(None);
    };
    Ok(Some(SignedIn { session: versioned(item)?, account }))
}

/// Adds to `commit` a new session of an account. The commit is [`Error::VersionConflict`] when the
/// account has changed since it was read: its password may be another by now, or it may be
/// disabled.
///
/// # Errors
/// As [`Commit::save`].
pub fn start(
    commit: &mut Commit,
    account: &Account,
    events: &[SessionEvent],
) -> Result<Versioned<Session>> {
    commit.require_version(account.user.state.key(), account.user.version);
    start_with_change(commit, account, events)
}

/// As [`start`], in a commit that makes or changes the account itself, and so holds its version
/// anyway.
///
/// # Errors
/// As [`Commit::save`].
pub fn start_with_change(
    commit: &mut Commit,
    account: &Account,
    events: &[SessionEvent],
) -> Result<Versioned<Session>> {
    commit.save::<Session>(None, events, Some(&account.key))
}

/// Adds to `commit` the next generation of a session.
///
/// # Errors
/// As [`Commit::save`].
pub fn refresh(
    commit: &mut Commit,
    signed_in: &SignedIn,
    events: &[SessionEvent],
) -> Result<Versioned<Session>> {
    commit.save(Some(&signed_in.session), events, Some(&signed_in.account.key))
}

/// Adds to `commit` the end of a session, for the guard's ears too. Nothing, if it has ended
/// before.
///
/// # Errors
/// As [`Commit::save`] and [`Table::call`].
pub async fn end(
    table: &Table,
    commit: &mut Commit,
    signed_in: &SignedIn,
    reason: EndReason,
) -> Result<()> {
    let SignedIn { session, account } = signed_in;
    let events = session.state.end(reason, commit.context().at);
    if events.is_empty() {
        return Ok(());
    }
    commit.save(Some(session), &events, Some(&account.key))?;
    refuse_session(table, commit, session.state.user_id, session.state.id).await
}

/// Adds to `commit` the removal of sessions that were over long ago, so that an account holds few.
/// Their events stay.
///
/// # Errors
/// As [`Table::call`].
pub async fn forget_old(
    table: &Table,
    commit: &mut Commit,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    let (items, _) =
        table.partition(&keys::state("user", user).pk, keys::SESSION_PREFIX, None, OLDEST).await?;
    for item in items {
        let session = versioned::<Session>(item)?.state;
        let over = session.ended.map_or(session.expires_at, |end| end.at);
        if now.duration_since(over) > KEPT_AFTER_END {
            commit.delete(keys::session(user, session.id));
        }
    }
    Ok(())
}

/// The account of a session that is still live, for what is done in its name and lets it go on. The
/// `commit` is [`Error::VersionConflict`] when the session has ended, or was refreshed, before it
/// is sent.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is over: it was when the request came in, or has ended since.
/// As [`Table::call`].
pub async fn require_live(
    table: &Table,
    commit: &mut Commit,
    user: UserId,
    session: SessionId,
    now: Timestamp,
) -> Result<Account> {
    let signed_in = load(table, user, session).await?;
    let live = |signed_in: &SignedIn| {
        signed_in.session.state.is_signed_in(&signed_in.account.user.state, now)
    };
    let signed_in = signed_in
        .filter(live)
        .ok_or(Error::Unauthenticated("This session has ended. Sign in again.".into()))?;
    commit.require_version(signed_in.session.state.key(), signed_in.session.version);
    Ok(signed_in.account)
}

/// Removes all sessions of an account that is erased: they tell devices and addresses. Their
/// events, which are sealed, stay.
///
/// # Errors
/// As [`Commit::send`].
pub async fn forget_all(table: &Table, context: &Context, user: UserId) -> Result<()> {
    loop {
        let (items, more) = table
            .partition(&keys::state("user", user).pk, keys::SESSION_PREFIX, None, PAGE)
            .await?;
        if items.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new(context);
        for item in items {
            commit.delete(keys::session(user, versioned::<Session>(item)?.state.id));
        }
        commit.send(table).await?;
        if !more {
            return Ok(());
        }
    }
}

/// Whether one of the latest sessions of an account began at this network address: a device that
/// its owner is known to use.
///
/// # Errors
/// As [`Table::call`].
pub async fn began_at(
    table: &Table,
    user: UserId,
    is_there: impl Fn(&str) -> bool,
) -> Result<bool> {
    let (items, _) = table
        .partition_back(&keys::state("user", user).pk, keys::SESSION_PREFIX, None, PAGE)
        .await?;
    for item in items {
        if is_there(&versioned::<Session>(item)?.state.address) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The sessions in which somebody is signed in to an account, newest first, at most `limit`, that
/// began before `before`.
///
/// # Errors
/// As [`Table::call`].
pub async fn live(
    table: &Table,
    user: &User,
    before: Option<SessionId>,
    limit: usize,
    now: Timestamp,
) -> Result<Page<Session>> {
    let pk = keys::state("user", user.id).pk;
    let mut found: Vec<Session> = Vec::new();
    let mut before = before.map(|before| keys::session(user.id, before).sk);
    loop {
        let (items, more) =
            table.partition_back(&pk, keys::SESSION_PREFIX, before.as_deref(), PAGE).await?;
        for item in items {
            let session = versioned::<Session>(item)?.state;
            before = Some(session.key().sk);
            if session.is_signed_in(user, now) {
                found.push(session);
            }
        }
        if !more || found.len() > limit {
            let next = found.get(limit).and(found.get(limit - 1)).map(|last| last.id.to_string());
            found.truncate(limit);
            return Ok(Page { items: found, next });
        }
    }
}
