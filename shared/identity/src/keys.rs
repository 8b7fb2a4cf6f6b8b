//! Keys of accounts and sessions.
//!
//! | access pattern | table | key |
//! |---|---|---|
//! | the hash of a user's password | data | `pk = USER#<id>`, `sk = CREDENTIAL` |
//! | the networks from which a user has signed in | data | `pk = USER#<id>`, `sk = NETWORKS` |
//! | a user's second factor | data | `pk = USER#<id>`, `sk = FACTOR` |
//! | one session; all of a user's sessions | data | `pk = USER#<id>`, `sk = SESSION#<id>` |
//! | events of a session | data | `pk = USER#<id>`, `sk = EVENT#SESSION#<id>#<version>` |
//! | public signing keys | data | `pk = JWKS`, `sk = STATE` |
//! | accounts to delete, by due time | data | `pk = DELETIONS`, `sk = DUE#<time>#<user>` |
//! | the number of active admins | data | `pk = ADMINS`, `sk = STATE` |
//! | the settings; their events as for any aggregate | data | `pk = SETTINGS#deployment`, `sk = STATE` |
//! | users by prefix of their address | data, `gsi1` | `gsi1pk = USERS#EMAIL#<first character>`, `gsi1sk = <address>` |
//! | a caller's guard | ephemeral | `pk = GUARD#<user or address>`, `sk = GUARD` |
//! | an API key's guard | ephemeral | `pk = GUARD#KEY#<hash of the key>`, `sk = GUARD` |
//! | failed attempts from an address, for an account, or for an account from an address | ephemeral | `pk = FAILURES#<ADDRESS, ACCOUNT or PAIR>#<hash>`, `sk = FAILURES` |
//! | mails about a change of address, by recipient | ephemeral | `pk = MAILS#<hash>`, `sk = MAILS` |
//! | a sign-in flow at an OpenID provider | ephemeral | `pk = OIDC#<hash of its state>`, `sk = FLOW` |

use std::fmt::Display;

use builder_store::id::UserId;
pub use builder_store::keys::*;
use jiff::Timestamp;

use crate::id::SessionId;

/// Accounts, and other data of a person: credentials, sessions, keys.
pub const USER: Family = Family::data("USER#*");
/// The public signing keys.
pub const JWKS: Family = Family::data("JWKS");
/// The number of active admins.
pub const ADMINS: Family = Family::data("ADMINS");
/// The settings and their events.
pub const SETTINGS: Family = Family::data("SETTINGS#*");
/// Accounts to delete.
pub const DELETION: Family = Family::data(DELETIONS);
/// Holders of e-mail addresses.
pub const UNIQUE_EMAIL: Family = Family::data("UNIQUE#EMAIL#*");
/// Owners of API keys.
pub const UNIQUE_API_KEY: Family = Family::data("UNIQUE#API-KEY#*");
/// Accounts of identities at OpenID providers.
pub const UNIQUE_IDENTITY: Family = Family::data("UNIQUE#IDENTITY#*");
/// The lock of the first admin.
pub const UNIQUE_BOOTSTRAP: Family = Family::data("UNIQUE#BOOTSTRAP#*");
/// Accounts in the indexes.
pub const USERS: Family = Family::data("USERS#*");
/// Guards of callers and API keys.
pub const GUARD: Family = Family::ephemeral("GUARD#*");
/// Counts of failed attempts.
pub const FAILURES: Family = Family::ephemeral("FAILURES#*");
/// Counts of mails to an address.
pub const MAILS: Family = Family::ephemeral("MAILS#*");
/// Started sign-in flows at OpenID providers.
pub const OIDC: Family = Family::ephemeral("OIDC#*");

/// Returns the key of the hash of a user's password, which isn't part of the account's state or
/// events.
#[must_use]
pub fn credential(user: UserId) -> Key {
    Key::data(format!("USER#{user}"), "CREDENTIAL")
}

/// Returns the key of a user's second factor, which isn't part of the account's state or events.
#[must_use]
pub fn factor(user: UserId) -> Key {
    Key::data(format!("USER#{user}"), "FACTOR")
}

/// Returns the key of the networks from which an account was signed in to.
#[must_use]
pub fn known_networks(user: UserId) -> Key {
    Key::data(format!("USER#{user}"), "NETWORKS")
}

/// Returns the key of a session of a user.
#[must_use]
pub fn session(user: UserId, session: SessionId) -> Key {
    Key::data(format!("USER#{user}"), format!("{SESSION_PREFIX}{session}"))
}

/// The prefix of the sort keys of a user's sessions.
pub const SESSION_PREFIX: &str = "SESSION#";

/// Returns the key of the public signing keys.
#[must_use]
pub fn jwks() -> Key {
    Key::data("JWKS", STATE)
}

/// Returns the listing, without its shard, of the users with a role and a status.
pub fn users_like(role: impl Display, status: impl Display) -> String {
    listing_by_status("user", format!("{role}#{status}"))
}

/// Returns the listing of the users whose addresses have the same first character as this one.
#[must_use]
pub fn addresses_like(email: &str) -> String {
    let first = email.chars().next().map(String::from).unwrap_or_default();
    format!("{}#EMAIL#{first}", listing("user"))
}

/// The partition of the accounts to delete.
pub const DELETIONS: &str = "DELETIONS";
/// The prefix of the sort keys of its entries.
pub const DUE_PREFIX: &str = "DUE#";

/// Returns the key of the entry of an account to delete at this time.
#[must_use]
pub fn deletion(due_at: Timestamp, user: UserId) -> Key {
    Key::data(DELETIONS, format!("{DUE_PREFIX}{:012}#{user}", due_at.as_second()))
}

/// Returns the key of the number of active admins.
#[must_use]
pub fn admins() -> Key {
    Key::data("ADMINS", STATE)
}

/// Returns the key of a caller's guard: `who` is a user's ID or a network address.
pub fn guard(who: impl Display) -> Key {
    Key::ephemeral(format!("GUARD#{who}"), "GUARD")
}

/// Returns the key of the guard of an API key, by the key's hash.
#[must_use]
pub fn guard_of_key(hash: &str) -> Key {
    Key::ephemeral(format!("GUARD#KEY#{hash}"), "GUARD")
}

/// Returns the key of a count of failed attempts; `what` is the kind of `value`, of which only the
/// hash is stored because it may be personal.
#[must_use]
pub fn failures(what: &str, value: &str) -> Key {
    Key::ephemeral(format!("FAILURES#{what}#{}", hash(value)), "FAILURES")
}

/// Returns the key of the mails to an address about a change of address.
#[must_use]
pub fn mails_to(email: &str) -> Key {
    Key::ephemeral(format!("MAILS#{}", hash(email)), "MAILS")
}

/// Returns the key of a sign-in flow at an OpenID provider, by its state.
#[must_use]
pub fn oidc_flow(state: &str) -> Key {
    Key::ephemeral(format!("OIDC#{}", hash(state)), "FLOW")
}

/// The ID of the settings.
pub const THE_SETTINGS: &str = "deployment";

/// Returns the key of the settings.
#[must_use]
pub fn settings() -> Key {
    state("settings", THE_SETTINGS)
}
