//! Accounts and sessions in the data table.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::aggregate::{Aggregate as _, Versioned};
use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::id::{SessionId, UserId};
use crate::keys::{self, Key};
use crate::personal::PersonKey;
use crate::table::{Item, Table, primary, text, versioned};
use crate::users::email::EmailAddress;
use crate::users::password::PasswordHash;
use crate::users::rival::Rival;
use crate::users::session::{EndReason, Session, SessionEvent};
use crate::users::standing::refuse_session;
use crate::users::user::{User, UserEvent};
use crate::users::verification::{LIFE_HOURS, VerificationToken};

/// The kind of lock that makes an address unique.
const EMAIL: &str = "email";
/// The kind of lock that lets there be one first admin.
const BOOTSTRAP: &str = "bootstrap";
/// What that lock locks.
const FIRST_ADMIN: &str = "first-admin";
/// How many of an account's oldest sessions are looked through at a sign-in for such as can be forgotten.
const OLDEST: usize = 20;
/// How long a session is kept after it is over: longer than any access token of it.
const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(24);

/// An account as read, with the key to its personal data.
#[derive(Debug)]
pub struct Account {
    /// The account.
    pub user: Versioned<User>,
    /// The key that its events are sealed with.
    pub key: PersonKey,
}

/// An account with what its password is checked against.
#[derive(Debug)]
pub struct Credentials {
    /// The account.
    pub account: Account,
    /// The password's hash.
    pub password: PasswordHash,
}

/// A session as read, with its account.
#[derive(Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Versioned<Session>,
    /// Whose it is.
    pub account: Account,
}

/// The account of an address.
///
/// An unknown address costs the same two reads as a known one, so that the time of an answer tells nothing.
///
/// # Errors
/// As [`Table::call`].
pub async fn find_by_email(table: &Table, email: &EmailAddress) -> Result<Option<Credentials>> {
    let lock = table.get(&keys::unique(EMAIL, email.as_str())).await?;
    let holder = match &lock {
        Some(lock) => text(lock, "holder")?.parse().map_err(Error::internal)?,
        None => UserId::derived(Timestamp::UNIX_EPOCH, email.as_str()),
    };
    let mut items = table.get_all(&[keys::state("user", holder), keys::person_key(holder), keys::credential(holder)]).await?;
    let (Some(account), Some(item)) = (account(&mut items, holder)?, items.remove(&keys::credential(holder))) else {
        return Ok(None);
    };
    Ok(Some(Credentials { account, password: PasswordHash::stored(text(&item, "hash")?.to_owned()) }))
}

/// The account with this id.
///
/// # Errors
/// As [`Table::call`].
pub async fn load(table: &Table, user: UserId) -> Result<Option<Account>> {
    let mut items = table.get_all(&[keys::state("user", user), keys::person_key(user)]).await?;
    account(&mut items, user)
}

/// The key that a person's data in events is sealed with, unless it has been erased.
///
/// # Errors
/// As [`Table::call`].
pub async fn person_key(table: &Table, user: UserId) -> Result<Option<PersonKey>> {
    table.get(&keys::person_key(user)).await?.as_ref().map(read_key).transpose()
}

/// The session with this id and its account, if the user has it.
///
/// # Errors
/// As [`Table::call`].
pub async fn load_session(table: &Table, user: UserId, session: SessionId) -> Result<Option<SignedIn>> {
    let at = keys::session(user, session);
    let mut items = table.get_all(&[keys::state("user", user), keys::person_key(user), at.clone()]).await?;
    let (Some(account), Some(item)) = (account(&mut items, user)?, items.remove(&at)) else { return Ok(None) };
    Ok(Some(SignedIn { session: versioned(item)?, account }))
}

/// An account whose key is erased is no longer one.
fn account(items: &mut HashMap<Key, Item>, user: UserId) -> Result<Option<Account>> {
    let (state, key) = (items.remove(&keys::state("user", user)), items.remove(&keys::person_key(user)));
    let (Some(state), Some(key)) = (state, key) else { return Ok(None) };
    Ok(Some(Account { user: versioned(state)?, key: read_key(&key)? }))
}

fn read_key(item: &Item) -> Result<PersonKey> {
    let bytes = item.get("key").and_then(|key| key.as_b().ok());
    bytes.and_then(|bytes| PersonKey::from_bytes(bytes.as_ref())).ok_or_else(|| Error::internal("a person's key is none"))
}

/// Adds to `commit` a new account made by `events`: its state and events, the key to its personal data, its password's hash, and
/// the lock on its address. The commit is [`Error::Stale`] when somebody has taken the address meanwhile.
///
/// # Errors
/// As [`Commit::save`].
pub fn create(commit: &mut Commit, email: &EmailAddress, events: &[UserEvent], password: &PasswordHash) -> Result<Versioned<User>> {
    let key = PersonKey::generate()?;
    let user = commit.save::<User>(None, events, Some(&key))?;
    let id = user.state.id;
    let mut item = primary(&keys::person_key(id));
    item.insert("key".to_owned(), AttributeValue::B(Blob::new(key.as_bytes())));
    commit.insert(keys::person_key(id), item, Error::Stale);
    let mut item = primary(&keys::credential(id));
    item.insert("hash".to_owned(), AttributeValue::S(password.as_str().to_owned()));
    commit.insert(keys::credential(id), item, Error::Stale);
    commit.claim(EMAIL, email.as_str(), &id.to_string(), Error::Stale);
    Ok(user)
}

/// What was given in the registration that waits for the token of this hash.
///
/// # Errors
/// As [`Table::call`].
pub async fn find_rival(table: &Table, token_hash: &str) -> Result<Option<Rival>> {
    let Some(item) = table.get(&keys::registration(token_hash)).await? else { return Ok(None) };
    let password = PasswordHash::stored(text(&item, "hash")?.to_owned());
    Ok(Some(Rival { name: text(&item, "name")?.to_owned(), password }))
}

/// Adds to `commit` what was given in a registration, to wait for `token`. It is kept where things expire: most are never verified.
pub fn keep_rival(commit: &mut Commit, rival: &Rival, token: &VerificationToken) {
    let key = keys::registration(&token.hash());
    // A little longer than the token: the item must not be what expires first.
    let forgotten = commit.context().at.saturating_add(SignedDuration::from_hours(LIFE_HOURS + 1)).unwrap_or(Timestamp::MAX);
    let mut item = primary(&key);
    item.insert("name".to_owned(), AttributeValue::S(rival.name.clone()));
    item.insert("hash".to_owned(), AttributeValue::S(rival.password.as_str().to_owned()));
    item.insert("expiresAt".to_owned(), AttributeValue::N(forgotten.as_second().to_string()));
    commit.insert(key, item, Error::Stale);
}

/// Adds to `commit` another password of an account.
pub fn replace_password(commit: &mut Commit, user: UserId, password: &PasswordHash) {
    let names = HashMap::from([("#hash".to_owned(), "hash".to_owned())]);
    let values = Item::from([(":hash".to_owned(), AttributeValue::S(password.as_str().to_owned()))]);
    commit.update_named(keys::credential(user), "SET #hash = :hash", "attribute_exists(pk)", names, values, Error::Stale);
}

/// Whether the first admin has been made.
///
/// # Errors
/// As [`Table::call`].
pub async fn is_bootstrapped(table: &Table) -> Result<bool> {
    Ok(table.get(&keys::unique(BOOTSTRAP, FIRST_ADMIN)).await?.is_some())
}

/// The refusal of a second first admin.
#[must_use]
pub fn already_bootstrapped() -> Error {
    Error::refused("already-bootstrapped", "The first admin has been made before, and can be made only once.")
}

/// Lets `commit` be the only one ever that makes a first admin.
pub fn claim_bootstrap(commit: &mut Commit, admin: UserId) {
    commit.claim(BOOTSTRAP, FIRST_ADMIN, &admin.to_string(), already_bootstrapped());
}

/// Adds to `commit` what `events` make of an account. When they change what the guard goes by, the guard is removed in the same
/// write and made anew by the next request.
///
/// # Errors
/// As [`Commit::save`].
pub fn change(commit: &mut Commit, account: &Account, events: &[UserEvent]) -> Result<Versioned<User>> {
    let before = &account.user.state;
    let after = commit.save(Some(&account.user), events, Some(&account.key))?;
    let guarded = |user: &User| (user.role, user.status, user.epoch);
    if guarded(before) != guarded(&after.state) {
        commit.delete(keys::guard(before.id));
    }
    Ok(after)
}

/// Adds to `commit` a new session of an account. The commit is [`Error::Stale`] when the account has changed since it was read: its
/// password may be another by now, or it may be disabled.
///
/// # Errors
/// As [`Commit::save`].
pub fn start_session(commit: &mut Commit, account: &Account, events: &[SessionEvent]) -> Result<Versioned<Session>> {
    commit.require_version(account.user.state.key(), account.user.version);
    commit.save::<Session>(None, events, Some(&account.key))
}

/// Adds to `commit` the next generation of a session.
///
/// # Errors
/// As [`Commit::save`].
pub fn refresh_session(commit: &mut Commit, signed_in: &SignedIn, events: &[SessionEvent]) -> Result<Versioned<Session>> {
    commit.save(Some(&signed_in.session), events, Some(&signed_in.account.key))
}

/// Adds to `commit` the end of a session, for the guard's ears too. Nothing, if it has ended before.
///
/// # Errors
/// As [`Commit::save`] and [`Table::call`].
pub async fn end_session(table: &Table, commit: &mut Commit, signed_in: &SignedIn, reason: EndReason) -> Result<()> {
    let SignedIn { session, account } = signed_in;
    let events = session.state.end(reason, commit.context().at);
    if events.is_empty() {
        return Ok(());
    }
    commit.save(Some(session), &events, Some(&account.key))?;
    refuse_session(table, commit, session.state.user_id, session.state.id).await
}

/// Adds to `commit` the removal of sessions that were over long ago, so that an account holds few. Their events stay.
///
/// # Errors
/// As [`Table::call`].
pub async fn forget_old_sessions(table: &Table, commit: &mut Commit, user: UserId, now: Timestamp) -> Result<()> {
    let (items, _) = table.partition(&keys::state("user", user).pk, keys::SESSION_PREFIX, None, OLDEST).await?;
    for item in items {
        let session = versioned::<Session>(item)?.state;
        let over = session.ended.map_or(session.expires_at, |end| end.at);
        if now.duration_since(over) > KEPT_AFTER_END {
            commit.delete(keys::session(user, session.id));
        }
    }
    Ok(())
}
