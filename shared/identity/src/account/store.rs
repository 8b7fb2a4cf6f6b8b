//! Accounts in the data table.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use builder_store::aggregate::Versioned;
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::personal::PersonKey;
use builder_store::table::{Item, Table, primary, text, versioned};
use jiff::Timestamp;

use crate::account::addresses;
use crate::account::user::{User, UserEvent};
use crate::email::EmailAddress;
use crate::keys::{self, Key};
use crate::password::PasswordHash;

/// The kind of lock that finds the owner of an API key.
pub(crate) const API_KEY: &str = "api-key";
/// The kind of lock that finds the account of an identity at an OpenID provider.
pub(super) const IDENTITY: &str = "identity";
/// The kind of lock that lets there be one first admin.
const BOOTSTRAP: &str = "bootstrap";
/// The value that the lock is for.
const FIRST_ADMIN: &str = "first-admin";

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
    /// The password's hash; `None` when none has been chosen.
    pub password: Option<PasswordHash>,
}

/// The account of an address.
/// An unknown address takes the same two reads as a known one, so that response times reveal
/// nothing.
///
/// # Errors
/// As [`Table::call`].
pub async fn find_by_email(table: &Table, email: &EmailAddress) -> Result<Option<Credentials>> {
    let nobody = || UserId::derived(Timestamp::UNIX_EPOCH, email.as_str());
    let found = find_credentials(
        table,
        addresses::holder(table, email.as_str()).await?.unwrap_or_else(nobody),
    )
    .await?;
    // A former address of an account doesn't identify it.
    Ok(found.filter(|found| found.account.user.state.email == email.as_str()))
}

/// Returns whether an account can still change back to this address. Until then, no other account
/// can have it.
///
/// # Errors
/// As [`Table::call`].
pub async fn is_reserved(table: &Table, email: &EmailAddress, now: Timestamp) -> Result<bool> {
    let Some(holder) = addresses::holder(table, email.as_str()).await? else { return Ok(false) };
    let account = load(table, holder).await?;
    Ok(account.is_some_and(|account| account.user.state.may_go_back_to(email, now)))
}

/// The account with this id, with what its password is checked against.
///
/// # Errors
/// As [`Table::call`].
pub async fn find_credentials(table: &Table, user: UserId) -> Result<Option<Credentials>> {
    let mut items = table
        .get_all(&[keys::state("user", user), keys::person_key(user), keys::credential(user)])
        .await?;
    let Some(account) = account(&mut items, user)? else { return Ok(None) };
    let hash = items.get(&keys::credential(user)).map(|item| text(item, "hash")).transpose()?;
    Ok(Some(Credentials {
        account,
        password: hash.map(|hash| PasswordHash::stored(hash.to_owned())),
    }))
}

/// The account with this id.
///
/// # Errors
/// As [`Table::call`].
pub async fn load(table: &Table, user: UserId) -> Result<Option<Account>> {
    let mut items = table.get_all(&[keys::state("user", user), keys::person_key(user)]).await?;
    account(&mut items, user)
}

/// The accounts among these ids, read together.
///
/// # Errors
/// As [`Table::call`].
pub async fn load_all(
    table: &Table,
    users: &BTreeSet<UserId>,
) -> Result<BTreeMap<UserId, Account>> {
    let keys: Vec<Key> = users
        .iter()
        .flat_map(|user| [keys::state("user", user), keys::person_key(*user)])
        .collect();
    let mut items = table.get_all(&keys).await?;
    let mut accounts = BTreeMap::new();
    for user in users {
        if let Some(account) = account(&mut items, *user)? {
            accounts.insert(*user, account);
        }
    }
    Ok(accounts)
}

/// An account without its key has been erased.
pub(crate) fn account(items: &mut HashMap<Key, Item>, user: UserId) -> Result<Option<Account>> {
    let (state, key) =
        (items.remove(&keys::state("user", user)), items.remove(&keys::person_key(user)));
    let (Some(state), Some(key)) = (state, key) else { return Ok(None) };
    Ok(Some(Account { user: versioned(state)?, key: read_key(&key)? }))
}

fn read_key(item: &Item) -> Result<PersonKey> {
    let bytes = item.get("key").and_then(|key| key.as_b().ok());
    bytes
        .and_then(|bytes| PersonKey::from_bytes(bytes.as_ref()))
        .ok_or_else(|| Error::internal("the item of a personal key has no key"))
}

/// Adds a new account to `commit`: its state and events, the key of its personal data, its password
/// hash if it has one, and the locks on its address and identity. Sending it fails with
/// [`Error::VersionConflict`] if one of these is taken.
///
/// # Errors
/// As [`Commit::save`].
pub fn create(
    commit: &mut Commit,
    email: &EmailAddress,
    events: &[UserEvent],
    password: Option<&PasswordHash>,
) -> Result<Account> {
    let key = PersonKey::generate()?;
    let user = commit.save::<User>(None, events, Some(&key))?;
    let id = user.state.id;
    let mut item = primary(&keys::person_key(id));
    item.insert("key".to_owned(), AttributeValue::B(Blob::new(key.as_bytes())));
    commit.insert(keys::person_key(id), item, Error::VersionConflict);
    if let Some(password) = password {
        insert_password(commit, id, password);
    }
    addresses::claim(commit, email.as_str(), id, None, Error::VersionConflict);
    claim_identities(commit, None, &user.state);
    Ok(Account { user, key })
}

/// Adds to `commit` another password of an account.
pub fn replace_password(commit: &mut Commit, user: UserId, password: &PasswordHash) {
    let names = HashMap::from([("#hash".to_owned(), "hash".to_owned())]);
    let values =
        Item::from([(":hash".to_owned(), AttributeValue::S(password.as_str().to_owned()))]);
    commit.update_named(
        keys::credential(user),
        "SET #hash = :hash",
        "attribute_exists(pk)",
        names,
        values,
        Error::VersionConflict,
    );
}

/// Adds to `commit` the password that the owner of an account chooses, be it the first or another.
pub fn set_password(commit: &mut Commit, before: &Credentials, password: &PasswordHash) {
    let user = before.account.user.state.id;
    match before.password {
        Some(_) => replace_password(commit, user, password),
        None => insert_password(commit, user, password),
    }
}

fn insert_password(commit: &mut Commit, user: UserId, password: &PasswordHash) {
    let key = keys::credential(user);
    let mut item = primary(&key);
    item.insert("hash".to_owned(), AttributeValue::S(password.as_str().to_owned()));
    commit.insert(key, item, Error::VersionConflict);
}

/// Returns whether the first admin has been created.
///
/// # Errors
/// As [`Table::call`].
pub async fn is_bootstrapped(table: &Table) -> Result<bool> {
    Ok(table.get(&keys::unique(BOOTSTRAP, FIRST_ADMIN)).await?.is_some())
}

/// The refusal of a second first admin.
#[must_use]
pub fn already_bootstrapped() -> Error {
    Error::refused("already-bootstrapped", "The first admin has already been created.")
}

/// Lets `commit` be the only one ever that makes a first admin.
pub fn claim_bootstrap(commit: &mut Commit, admin: UserId) {
    commit.claim(BOOTSTRAP, FIRST_ADMIN, &admin.to_string(), already_bootstrapped());
    let key = keys::admins();
    let mut item = primary(&key);
    item.insert("admins".to_owned(), AttributeValue::N("1".to_owned()));
    commit.insert(key, item, already_bootstrapped());
}

/// Adds a change of an account to `commit`. If `events` change data in the guard of the account or
/// of one of its keys, the guard is removed in the same write and recreated by the next request.
///
/// # Errors
/// As [`Commit::save`].
pub fn change(
    commit: &mut Commit,
    account: &Account,
    events: &[UserEvent],
) -> Result<Versioned<User>> {
    let before = &account.user.state;
    let after = commit.save(Some(&account.user), events, Some(&account.key))?;
    let guarded =
        |user: &User| (user.role, user.status, user.epoch, user.kept_session, user.second_factor);
    if guarded(before) != guarded(&after.state) {
        commit.delete(keys::guard(before.id));
    }
    let guarded_of_keys = |user: &User| (user.role, user.status, user.second_factor);
    if guarded_of_keys(before) != guarded_of_keys(&after.state) {
        for key in &after.state.api_keys {
            commit.delete(keys::guard_of_key(&key.hash));
        }
    }
    for key in before.api_keys.iter().filter(|key| !after.state.api_keys.contains(key)) {
        commit.release(API_KEY, &key.hash);
        commit.delete(keys::guard_of_key(&key.hash));
    }
    for key in after.state.api_keys.iter().filter(|key| !before.api_keys.contains(key)) {
        commit.claim(API_KEY, &key.hash, &before.id.to_string(), Error::VersionConflict);
    }
    claim_identities(commit, Some(before), &after.state);
    count_admins(commit, before.is_active_admin(), after.state.is_active_admin());
    Ok(after)
}

/// The value of an identity that is unique: neither part can hold a line break.
pub(super) fn identity_value(issuer: &str, subject: &str) -> String {
    format!("{issuer}\n{subject}")
}

/// Releases the identities that were unlinked, and claims those that were linked.
fn claim_identities(commit: &mut Commit, before: Option<&User>, after: &User) {
    let before = before.map_or(&[][..], |before| &before.identities);
    for identity in before.iter().filter(|identity| !after.identities.contains(identity)) {
        commit.release(IDENTITY, &identity_value(&identity.issuer, &identity.subject));
    }
    for identity in after.identities.iter().filter(|identity| !before.contains(identity)) {
        let value = identity_value(&identity.issuer, &identity.subject);
        commit.claim(IDENTITY, &value, &after.id.to_string(), Error::VersionConflict);
    }
}

/// Updates the number of active admins, which never becomes zero. It is a counter, since a
/// transaction can't check all users: two admins who disable each other concurrently conflict here.
fn count_admins(commit: &mut Commit, before: bool, after: bool) {
    let number = |number: &str| AttributeValue::N(number.to_owned());
    match (before, after) {
        (true, false) => {
            let values =
                Item::from([(":less".to_owned(), number("-1")), (":one".to_owned(), number("1"))]);
            let last = Error::refused(
                "last-admin",
                "This is the last active admin. Make another user an admin first.",
            );
            commit.update(keys::admins(), "ADD admins :less", "admins > :one", values, last);
        }
        (false, true) => {
            let values = Item::from([(":one".to_owned(), number("1"))]);
            commit.update(
                keys::admins(),
                "ADD admins :one",
                "attribute_exists(pk)",
                values,
                Error::VersionConflict,
            );
        }
        _ => {}
    }
}

/// Adds the erasure of a person to `commit`: the personal data, the key of personal data in events,
/// the password, and the lock on the address, which can be registered again.
///
/// # Errors
/// As [`Commit::save`].
pub fn erase(commit: &mut Commit, account: &Account) -> Result<Versioned<User>> {
    let user = &account.user.state;
    let after = change(commit, account, &user.erase(commit.context().at))?;
    commit.delete(keys::person_key(user.id));
    commit.delete(keys::credential(user.id));
    commit.delete(keys::factor(user.id));
    commit.delete(keys::known_networks(user.id));
    addresses::release(commit, user);
    Ok(after)
}

/// Adds a change of address to `commit`. `pending` is an unverified registration of the new
/// address, which is deleted.
///
/// # Errors
/// As [`Commit::save`]; the commit is [`Error::Refused`] with `address-taken` when another account
/// has the address.
pub fn move_address(
    commit: &mut Commit,
    account: &Account,
    events: &[UserEvent],
    pending: Option<&Account>,
) -> Result<Versioned<User>> {
    let after = change(commit, account, events)?;
    if let Some(pending) = pending {
        let rival = pending.user.state.id;
        commit.save(
            Some(&pending.user),
            &pending.user.state.erase(commit.context().at),
            Some(&pending.key),
        )?;
        commit.delete(keys::person_key(rival));
        commit.delete(keys::credential(rival));
        commit.delete(keys::guard(rival));
        addresses::follow(commit, &account.user.state, &after.state, Some(rival));
    } else {
        addresses::follow(commit, &account.user.state, &after.state, None);
    }
    Ok(after)
}
