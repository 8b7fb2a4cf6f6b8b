//! Every key of every table, in one place.
//!
//! | access pattern | table | key |
//! |---|---|---|
//! | one aggregate | data | `pk = KIND#<id>`, `sk = STATE` |
//! | an aggregate's events, oldest first | data | `pk = KIND#<id>`, `sk` begins with `EVENT#`, then the version in ten digits |
//! | a product's stock counter | data | `pk = PRODUCT#<id>`, `sk = STOCK` |
//! | a person's data key | data | `pk = USER#<id>`, `sk = KEY` |
//! | the hash of a user's password | data | `pk = USER#<id>`, `sk = CREDENTIAL` |
//! | the networks that somebody has signed in from | data | `pk = USER#<id>`, `sk = NETWORKS` |
//! | a user's second factor | data | `pk = USER#<id>`, `sk = FACTOR` |
//! | one session; all of a user's sessions | data | `pk = USER#<id>`, `sk = SESSION#<id>` |
//! | events of a session | data | `pk = USER#<id>`, `sk = EVENT#SESSION#<id>#<version>` |
//! | who holds a unique value (e-mail, sku, hash of an API key, identity at a provider) | data | `pk = UNIQUE#<kind>#<hash>`, `sk = LOCK` |
//! | public signing keys | data | `pk = SYSTEM`, `sk = JWKS` |
//! | how long the feed is, and its link | data | `pk = SYSTEM`, `sk = FEED` |
//! | the feed from a position on | data | `pk = FEED#<position / 100,000>`, `sk = <position in twelve digits>` |
//! | the feed of what an account owns | data | `pk = FEED#<user>`, `sk = <position in twelve digits>` |
//! | how much of an aggregate is in the feed | data | its `pk`, `sk = SEQUENCED#<what its events' sort keys begin with>` |
//! | the last number of a series of invoices | data | `pk = SERIES#<what its numbers begin with>`, `sk = COUNTER` |
//! | who an invoice was issued to | data | `pk = INVOICE#<id>`, `sk = BUYER` |
//! | the settings; their events as any aggregate's | data | `pk = SETTINGS#deployment`, `sk = STATE` |
//! | what the ledger moved in a month, by day, currency and shard | data | `pk = LEDGER#<year>-<month>`, `sk = <day>#<currency>#<shard>` |
//! | at what a payment or refund differs from the provider's; its events as any aggregate's | data | `pk = RECONCILIATION#<its id>`, `sk = STATE` |
//! | how far the comparison with the payment provider has come | data | `pk = SYSTEM`, `sk = RECONCILIATION` |
//! | accounts that are to be deleted, by time | data | `pk = DELETIONS`, `sk = DUE#<time>#<user>` |
//! | how many active admins there are | data | `pk = SYSTEM`, `sk = ADMINS` |
//! | things of one owner, newest first | data, `gsi1` | `gsi1pk = <KIND>S#OWNER#<id>`, `gsi1sk = <id>` |
//! | users by the beginning of their address | data, `gsi1` | `gsi1pk = USERS#EMAIL#<first character>`, `gsi1sk = <address>` |
//! | events that a user caused, newest first | data, `gsi1` | `gsi1pk = EVENTS#ACTOR#<user>`, `gsi1sk = <event id>` |
//! | all events, newest first | data, `gsi2` | `gsi2pk = EVENTS#<shard>`, `gsi2sk = <event id>` |
//! | events of a type, newest first | data, `gsi3` | `gsi3pk = EVENTS#<type>#<shard>`, `gsi3sk = <event id>` |
//! | all things of a kind, newest first | data, `gsi2` | `gsi2pk = <KIND>S#<shard>`, `gsi2sk = <id>` |
//! | things of a kind by status, newest first; those created before T | data, `gsi3` | `gsi3pk = <KIND>S#<status>#<shard>`, `gsi3sk = <id>` |
//! | a caller's guard | ephemeral | `pk = GUARD#<user or address>`, `sk = GUARD` |
//! | an API key's guard | ephemeral | `pk = GUARD#KEY#<hash of the key>`, `sk = GUARD` |
//! | wrong guesses from an address, at an account, or at an account from an address | ephemeral | `pk = FAILURES#<ADDRESS, ACCOUNT or PAIR>#<hash>`, `sk = FAILURES` |
//! | mails to an address about a change of address | ephemeral | `pk = MAILS#<hash>`, `sk = MAILS` |
//! | an idempotency record | ephemeral | `pk = IDEMPOTENCY#<hash>`, `sk = RECORD` |
//! | a way to an OpenID provider and back | ephemeral | `pk = OIDC#<hash of its state>`, `sk = FLOW` |
//! | whether a provider is to be called; how calls of it went in a window | ephemeral | `pk = BREAKER#<provider>`, `sk = STATE` or `WINDOW#<epoch>#<window>` |
//! | what a provider told by a webhook | ephemeral | `pk = HOOK#<provider>#<its id>`, `sk = HOOK` |
//! | whether an event's e-mail is sent | ephemeral | `pk = SENT#<event id>`, `sk = EMAIL` |
//!
//! Listings of everything would put all writes of a kind on one partition, so `gsi2` and `gsi3` are
//! spread over [`SHARDS`] shards that a reader merges. Nothing on a request path scans.

use std::fmt::Display;

use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::id::{EventId, InvoiceId, ProductId, SessionId, UserId};
use crate::money::Currency;

/// How many partitions a listing of everything is spread over.
pub const SHARDS: u8 = 4;

/// Which of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableName {
    /// Aggregates and events: kept, streamed and backed up.
    Data,
    /// Guards, idempotency records, send marks: they expire, and losing them loses nothing that
    /// can't be made again.
    Ephemeral,
}

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which table.
    pub table: TableName,
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

impl Key {
    /// A key of the data table.
    pub fn data(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { table: TableName::Data, pk: pk.into(), sk: sk.into() }
    }

    /// A key of the ephemeral table.
    pub fn ephemeral(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { table: TableName::Ephemeral, pk: pk.into(), sk: sk.into() }
    }
}

/// The sort key of an aggregate that has a partition to itself.
pub const STATE: &str = "STATE";

/// The key of an aggregate that has a partition to itself.
pub fn state(kind: &str, id: impl Display) -> Key {
    Key::data(format!("{}#{id}", kind.to_uppercase()), STATE)
}

/// A product's stock counter.
#[must_use]
pub fn stock(product: ProductId) -> Key {
    Key::data(format!("PRODUCT#{product}"), "STOCK")
}

/// The key that a person's data in events is sealed with.
#[must_use]
pub fn person_key(user: UserId) -> Key {
    Key::data(format!("USER#{user}"), "KEY")
}

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

/// The lock that makes a value unique among its kind. The value itself may be personal, so only its
/// hash is stored.
#[must_use]
pub fn unique(kind: &str, value: &str) -> Key {
    Key::data(format!("UNIQUE#{}#{}", kind.to_uppercase(), hash(value)), "LOCK")
}

/// The public signing keys.
#[must_use]
pub fn jwks() -> Key {
    Key::data("SYSTEM", "JWKS")
}

/// The listing, but for its shard, of the users of a role and a status.
pub fn users_like(role: impl Display, status: impl Display) -> String {
    format!("USERS#{role}#{status}")
}

/// The listing of the users whose addresses begin with the same character as this one.
#[must_use]
pub fn addresses_like(email: &str) -> String {
    let first = email.chars().next().map(String::from).unwrap_or_default();
    format!("USERS#EMAIL#{first}")
}

/// The id of the only settings there are.
pub const THE_SETTINGS: &str = "deployment";

/// The settings.
#[must_use]
pub fn settings() -> Key {
    state("settings", THE_SETTINGS)
}

/// The last number of a series of invoices, which is known by what its numbers begin with.
#[must_use]
pub fn series(series: &str) -> Key {
    Key::data(format!("SERIES#{series}"), "COUNTER")
}

/// Who an invoice was issued to.
#[must_use]
pub fn buyer(invoice: InvoiceId) -> Key {
    Key::data(format!("INVOICE#{invoice}"), "BUYER")
}

/// Over how many items the sums of a day are spread.
const LEDGER_SHARDS: u128 = 16;

/// What the ledger moved in the month of this day.
#[must_use]
pub fn ledger_month(day: Date) -> String {
    format!("LEDGER#{}", day.strftime("%Y-%m"))
}

/// What the ledger moved on a day in a currency, in the shard that `spread` leads to.
#[must_use]
pub fn ledger_day(day: Date, currency: Currency, spread: u128) -> Key {
    Key::data(ledger_month(day), format!("{day}#{currency}#{:02}", spread % LEDGER_SHARDS))
}

/// How far the comparison with the payment provider has come.
#[must_use]
pub fn reconciliation() -> Key {
    Key::data("SYSTEM", "RECONCILIATION")
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
    Key::data("SYSTEM", "ADMINS")
}

/// How long the feed is.
#[must_use]
pub fn feed() -> Key {
    Key::data("SYSTEM", "FEED")
}

/// How many positions of the feed share a partition.
const FEED_BLOCK: u64 = 100_000;

/// What stands at a position of the feed.
#[must_use]
pub fn feed_entry(position: u64) -> Key {
    Key::data(format!("FEED#{}", position / FEED_BLOCK), feed_position(position))
}

/// What stands at a position of the feed, for the account that it belongs to.
#[must_use]
pub fn feed_entry_of(user: UserId, position: u64) -> Key {
    Key::data(format!("FEED#{user}"), feed_position(position))
}

/// A position as it stands in sort keys.
#[must_use]
pub fn feed_position(position: u64) -> String {
    format!("{position:012}")
}

/// How many of an aggregate's events are in the feed. `prefix` is what the sort keys of its events
/// begin with.
#[must_use]
pub fn sequenced(pk: &str, prefix: &str) -> Key {
    Key::data(pk, format!("SEQUENCED#{prefix}"))
}

/// The listing of what a user caused.
#[must_use]
pub fn events_by(user: UserId) -> String {
    format!("EVENTS#ACTOR#{user}")
}

/// The listing, but for its shard, of the events of a type, or of all.
#[must_use]
pub fn events_of_type(kind: Option<&str>) -> String {
    kind.map_or_else(|| "EVENTS".to_owned(), |kind| format!("EVENTS#{kind}"))
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

/// The record of an idempotency key, already hashed together with its scope.
#[must_use]
pub fn idempotency(hash: &str) -> Key {
    Key::ephemeral(format!("IDEMPOTENCY#{hash}"), "RECORD")
}

/// A way to an OpenID provider and back, which is found by its state.
#[must_use]
pub fn oidc_flow(state: &str) -> Key {
    Key::ephemeral(format!("OIDC#{}", hash(state)), "FLOW")
}

/// Whether a provider is to be called.
#[must_use]
pub fn breaker(provider: &str) -> Key {
    Key::ephemeral(format!("BREAKER#{provider}"), STATE)
}

/// How calls of a provider went in a window of an epoch.
#[must_use]
pub fn breaker_window(provider: &str, epoch: i64, window: i64) -> Key {
    Key::ephemeral(format!("BREAKER#{provider}"), format!("WINDOW#{epoch}#{window}"))
}

/// What a provider told by a webhook, by the id that it gave it.
#[must_use]
pub fn hook(provider: &str, id: &str) -> Key {
    Key::ephemeral(format!("HOOK#{provider}#{id}"), "HOOK")
}

/// The mark that an event's e-mail is being or has been sent.
#[must_use]
pub fn sent_email(event: EventId) -> Key {
    Key::ephemeral(format!("SENT#{event}"), "EMAIL")
}

/// What the sort keys of events begin with; the relay's stream filter in the template relies on it.
pub const EVENT_PREFIX: &str = "EVENT#";

/// The shard a listing entry goes to: a function of its id.
#[must_use]
pub fn shard(id: u128) -> u8 {
    // The low bits of a UUIDv7 are random.
    u8::try_from(id % u128::from(SHARDS)).unwrap_or(0)
}

fn hash(value: &str) -> String {
    Sha256::digest(value.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
