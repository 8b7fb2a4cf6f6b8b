//! Keys of accounts and sessions, and those that are the same for every aggregate.
//!
//! | access pattern | table | key |
//! |---|---|---|
//! | the hash of a user's password | data | `pk = USER#<id>`, `sk = CREDENTIAL` |
//! | the networks that somebody has signed in from | data | `pk = USER#<id>`, `sk = NETWORKS` |
//! | a user's second factor | data | `pk = USER#<id>`, `sk = FACTOR` |
//! | one session; all of a user's sessions | data | `pk = USER#<id>`, `sk = SESSION#<id>` |
//! | events of a session | data | `pk = USER#<id>`, `sk = EVENT#SESSION#<id>#<version>` |
//! | public signing keys | data | `pk = JWKS`, `sk = STATE` |
//! | accounts that are to be deleted, by time | data | `pk = DELETIONS`, `sk = DUE#<time>#<user>` |
//! | how many active admins there are | data | `pk = ADMINS`, `sk = STATE` |
//! | the settings; their events as any aggregate's | data | `pk = SETTINGS#deployment`, `sk = STATE` |
//! | users by the beginning of their address | data, `gsi1` | `gsi1pk = USERS#EMAIL#<first character>`, `gsi1sk = <address>` |
//! | a caller's guard | ephemeral | `pk = GUARD#<user or address>`, `sk = GUARD` |
//! | an API key's guard | ephemeral | `pk = GUARD#KEY#<hash of the key>`, `sk = GUARD` |
//! | wrong guesses from an address, at an account, or at an account from an address | ephemeral | `pk = FAILURES#<ADDRESS, ACCOUNT or PAIR>#<hash>`, `sk = FAILURES` |
//! | mails to an address about a change of address | ephemeral | `pk = MAILS#<hash>`, `sk = MAILS` |
//! | a way to an OpenID provider and back | ephemeral | `pk = OIDC#<hash of its state>`, `sk = FLOW` |

use std::fmt::Display;

use builder_store::id::UserId;
pub use builder_store::keys::*;
use jiff::Timestamp;

use crate::id::SessionId;

/// Accounts, and what else is stored of a person: credentials, sessions, keys.
pub const USER: Family = Family::data("USER#*");
/// The public signing keys.
pub const JWKS: Family = Family::data("JWKS");
/// The number of active admins.
pub const ADMINS: Family = Family::data("ADMINS");
/// The settings and their events.
pub const SETTINGS: Family = Family::data("SETTINGS#*");
/// Accounts that are to be deleted.
pub const DELETION: Family = Family::data(DELETIONS);
/// Who has an e-mail address.
pub const UNIQUE_EMAIL: Family = Family::data("UNIQUE#EMAIL#*");
/// Who has an API key.
pub const UNIQUE_API_KEY: Family = Family::data("UNIQUE#API-KEY#*");
/// Who has an identity at an OpenID provider.
pub const UNIQUE_IDENTITY: Family = Family::data("UNIQUE#IDENTITY#*");
/// Whether there has been a first admin.
pub const UNIQUE_BOOTSTRAP: Family = Family::data("UNIQUE#BOOTSTRAP#*");
/// Accounts in the indexes.
pub const USERS: Family = Family::data("USERS#*");
/// Guards of callers and API keys.
pub const GUARD: Family = Family::ephemeral("GUARD#*");
/// Counts of wrong guesses.
pub const FAILURES: Family = Family::ephemeral("FAILURES#*");
/// Counts of mails to an address.
pub const MAILS: Family = Family::ephemeral("MAILS#*");
/// Sign-ins at an OpenID provider that have begun.
pub const OIDC: Family = Family::ephemeral("OIDC#*");

/// The hash of a user's password, which is no part of the account's state and of no event.
#[must_use]
pub fn credential(user: UserId) -> Key {
    Key::data(format!("USER#{user}"), "CREDENTIAL")
}

/// A user's second factor, which is no part of the account's state and of no event.
#[must_use]
pub fn factor(user: UserId) -> Key {
    Key::data(format!("USER#{user}"), "FACTOR")
}

/// The networks that somebody has signed in to an account from.
#[must_use]
pub fn known_networks(user: UserId) -> Key {
    Key::data(format!("USER#{user}"), "NETWORKS")
}

/// A session of a user.
#[must_use]
pub fn session(user: UserId, session: SessionId) -> Key {
    Key::data(format!("USER#{user}"), format!("{SESSION_PREFIX}{session}"))
}

/// What the sort keys of a user's sessions begin with.
pub const SESSION_PREFIX: &str = "SESSION#";

/// The public signing keys.
#[must_use]
pub fn jwks() -> Key {
    Key::data("JWKS", STATE)
}

/// The listing, but for its shard, of the users of a role and a status.
pub fn users_like(role: impl Display, status: impl Display) -> String {
    listing_by_status("user", format!("{role}#{status}"))
}

/// The listing of the users whose addresses begin with the same character as this one.
#[must_use]
pub fn addresses_like(email: &str) -> String {
    let first = email.chars().next().map(String::from).unwrap_or_default();
    format!("{}#EMAIL#{first}", listing("user"))
}

/// The partition of the accounts that are to be deleted.
pub const DELETIONS: &str = "DELETIONS";
/// What the sort keys of its entries begin with.
pub const DUE_PREFIX: &str = "DUE#";

/// The entry of an account that is to be deleted at this time.
#[must_use]
pub fn deletion(due_at: Timestamp, user: UserId) -> Key {
    Key::data(DELETIONS, format!("{DUE_PREFIX}{:012}#{user}", due_at.as_second()))
}

/// The number of admins that may act.
#[must_use]
pub fn admins() -> Key {
    Key::data("ADMINS", STATE)
}

/// A caller's guard: `who` is a user's id or a network address.
pub fn guard(who: impl Display) -> Key {
    Key::ephemeral(format!("GUARD#{who}"), "GUARD")
}

/// The guard of an API key, which is known by its hash.
#[must_use]
pub fn guard_of_key(hash: &str) -> Key {
    Key::ephemeral(format!("GUARD#KEY#{hash}"), "GUARD")
}

/// How often somebody has guessed wrong; `what` is the kind of thing it is counted by, which may be
/// personal, so only its hash is stored.
#[must_use]
pub fn failures(what: &str, value: &str) -> Key {
    Key::ephemeral(format!("FAILURES#{what}#{}", hash(value)), "FAILURES")
}

/// The mails to an address about a change of address.
#[must_use]
pub fn mails_to(email: &str) -> Key {
    Key::ephemeral(format!("MAILS#{}", hash(email)), "MAILS")
}

/// A way to an OpenID provider and back, which is found by its state.
#[must_use]
pub fn oidc_flow(state: &str) -> Key {
    Key::ephemeral(format!("OIDC#{}", hash(state)), "FLOW")
}

/// The id of the only settings there are.
pub const THE_SETTINGS: &str = "deployment";

/// The settings.
#[must_use]
pub fn settings() -> Key {
    state("settings", THE_SETTINGS)
}
