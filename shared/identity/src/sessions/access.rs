//! How an account stands at this moment: what its guard is rebuilt from.

use aws_sdk_dynamodb::types::AttributeValue;
use builder_store::aggregate::Versioned;
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::table::{Item, Table, number, text, versioned};
use jiff::Timestamp;

use crate::account::store::API_KEY;
use crate::account::user::{Status, User};
use crate::api_keys::api_key::ApiKey;
use crate::id::SessionId;
use crate::keys;
use crate::role::Role;
use crate::sessions::session::Session;
use crate::tokens::token;

/// Sessions read at a time.
const PAGE: usize = 100;

/// By how many seconds an entry outlives the tokens it refuses, so that no clock's difference lets
/// one through.
const MARGIN: i64 = 60;

/// What counts of an account when a request comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAccess {
    /// The account.
    pub user: UserId,
    /// The permissions.
    pub role: Role,
    /// Whether it may do anything.
    pub status: Status,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// The only epoch whose tokens are good.
    pub epoch: u64,
    /// The account's version.
    pub version: u64,
    /// The sessions that have ended while access tokens of theirs may still be about, and until
    /// when (in seconds since 1970) these must be refused.
    pub ended: Vec<(SessionId, i64)>,
    /// The session whose tokens outlived the last epoch.
    pub kept: Option<RetainedSession>,
    endings: Option<i64>,
}

/// The session that went on when all others were ended: its tokens of that moment are of the epoch
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetainedSession {
    /// The session.
    pub id: SessionId,
    /// The epoch that its tokens may be of, besides the present one.
    pub epoch: u64,
}

/// Reads how an account stands; `None` when there is none.
///
/// # Errors
/// As [`Table::call`].
pub async fn standing(
    table: &Table,
    user: UserId,
    now: Timestamp,
) -> Result<Option<AccountAccess>> {
    // The account first: a session that ends after this raises `endings`, which `require_unchanged`
    // then finds raised.
    let Some(item) = table.get(&keys::state("user", user)).await? else { return Ok(None) };
    let endings = number(&item, ENDINGS);
    let Versioned { state, version, .. } = versioned::<User>(item)?;
    let ended = ended_sessions(table, user, now).await?;
    // Any other reason for a new epoch holds for all tokens.
    let kept = state.kept_session.filter(|_| state.epoch == state.signed_out_epoch);
    let kept = kept.map(|id| RetainedSession { id, epoch: state.epoch.saturating_sub(1) });
    Ok(Some(AccountAccess {
        user,
        role: state.role,
        status: state.status,
        second_factor: state.second_factor,
        epoch: state.epoch,
        version,
        ended,
        kept,
        endings,
    }))
}

async fn ended_sessions(
    table: &Table,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<(SessionId, i64)>> {
    let pk = keys::state("user", user).pk;
    let mut ended = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let (items, more) =
            table.partition(&pk, keys::SESSION_PREFIX, after.as_deref(), PAGE).await?;
        for item in items {
            let session = versioned::<Session>(item)?.state;
            after = Some(keys::session(user, session.id).sk);
            let Some(end) = session.ended else { continue };
            let until = refused_until(end.at);
            if until > now.as_second() {
                ended.push((session.id, until));
            }
        }
        if !more {
            return Ok(ended);
        }
    }
}

/// Until when access tokens of a session that ended at this time must be refused, in seconds since
/// 1970.
pub(super) fn refused_until(ended: Timestamp) -> i64 {
    ended.as_second() + token::LIFE + MARGIN
}

/// An attribute of the account's item, beside its state: how many sessions have ended while there
/// was no guard to tell.
const ENDINGS: &str = "endings";

impl AccountAccess {
    /// Lets the commit that makes the guard fail with [`Error::VersionConflict`] when the account
    /// has changed or a session has ended since this was read.
    pub fn require_unchanged(&self, commit: &mut Commit) {
        let mut values =
            Item::from([(":version".to_owned(), AttributeValue::N(self.version.to_string()))]);
        let condition = match self.endings {
            None => "version = :version AND attribute_not_exists(endings)",
            Some(endings) => {
                values.insert(":endings".to_owned(), AttributeValue::N(endings.to_string()));
                "version = :version AND endings = :endings"
            }
        };
        commit.require(keys::state("user", self.user), condition, values, Error::VersionConflict);
    }
}

/// Tells the guard, in the commit that ends a session, that its access tokens are to be refused
/// from now on.
///
/// Without a guard there is nobody to tell, but a guard may be about to be made from what was read
/// before this commit: raising `endings` lets that fail. Either case is a condition, so that a
/// guard which comes or goes meanwhile makes the commit [`Error::VersionConflict`].
pub(super) async fn refuse_session(
    table: &Table,
    commit: &mut Commit,
    user: UserId,
    session: SessionId,
) -> Result<()> {
    let guard = keys::guard(user);
    if table.get(&guard).await?.is_some() {
        let until = refused_until(commit.context().at);
        let names = [("#session".to_owned(), session.to_string())].into();
        let values = Item::from([(":until".to_owned(), AttributeValue::N(until.to_string()))]);
        commit.update_named(
            guard,
            "SET ended.#session = :until",
            "attribute_exists(pk)",
            names,
            values,
            Error::VersionConflict,
        );
    } else {
        commit.require(guard, "attribute_not_exists(pk)", Item::new(), Error::VersionConflict);
        let values = Item::from([(":one".to_owned(), AttributeValue::N("1".to_owned()))]);
        commit.update(
            keys::state("user", user),
            "ADD endings :one",
            "attribute_exists(pk)",
            values,
            Error::VersionConflict,
        );
    }
    Ok(())
}

/// What counts of an API key when a request comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyAccess {
    /// Whose key it is.
    pub user: UserId,
    /// What its owner may do.
    pub role: Role,
    /// Whether its owner may do anything.
    pub status: Status,
    /// Whether its owner has a second factor.
    pub second_factor: bool,
    /// The API key.
    pub key: ApiKey,
    version: u64,
}

/// Reads how the API key with this hash stands; `None` when there is none.
///
/// # Errors
/// As [`Table::call`].
pub async fn standing_of_key(table: &Table, hash: &str) -> Result<Option<ApiKeyAccess>> {
    let Some(lock) = table.get(&keys::unique(API_KEY, hash)).await? else { return Ok(None) };
    let user: UserId = text(&lock, "holder")?.parse().map_err(Error::internal)?;
    let Some(Versioned { state, version, .. }) =
        table.load::<User>(&keys::state("user", user)).await?
    else {
        return Ok(None);
    };
    let key = state.api_keys.into_iter().find(|key| key.hash == hash);
    Ok(key.map(|key| ApiKeyAccess {
        user,
        role: state.role,
        status: state.status,
        second_factor: state.second_factor,
        key,
        version,
    }))
}

impl ApiKeyAccess {
    /// Lets the commit that makes the guard fail with [`Error::VersionConflict`] when the account
    /// has changed since this was read.
    pub fn require_unchanged(&self, commit: &mut Commit) {
        commit.require_version(keys::state("user", self.user), self.version);
    }
}
