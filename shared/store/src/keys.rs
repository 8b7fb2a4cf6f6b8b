//! Keys that are common to all aggregates. Each crate that stores data lists its own in a file of
//! this name.
//!
//! | access pattern | table | key |
//! |---|---|---|
//! | one aggregate | data | `pk = KIND#<id>`, `sk = STATE` |
//! | an aggregate's events, oldest first | data | `pk = KIND#<id>`, `sk` begins with `EVENT#`, then the version in ten digits |
//! | a person's data key | data | `pk = USER#<id>`, `sk = KEY` |
//! | the holder of a unique value (e-mail, sku, hash of an API key, identity at a provider) | data | `pk = UNIQUE#<kind>#<hash>`, `sk = LOCK` |
//! | the feed from a position on | data | `pk = FEED`, `sk = <position of the item's first event in twelve digits>` |
//! | the feed of an account | data | `pk = FEED#<user>`, `sk = <position in twelve digits>` |
//! | aggregates of one owner, newest first | data, `gsi1` | `gsi1pk = <KIND>S#OWNER#<id>`, `gsi1sk = <id>` |
//! | events in the feed that a user caused on others' aggregates, newest first | data, `gsi1` | `gsi1pk = EVENTS#ACTOR#<user>`, `gsi1sk = <event id>` |
//! | all events, newest first | data, `gsi2` | `gsi2pk = EVENTS#<shard>`, `gsi2sk = <event id>` |
//! | events in the feed of a type, newest first | data, `gsi3` | `gsi3pk = EVENTS#<type>#<shard>`, `gsi3sk = <event id>` |
//! | all aggregates of a kind, newest first | data, `gsi2` | `gsi2pk = <KIND>S#<shard>`, `gsi2sk = <id>` |
//! | aggregates of a kind by status, newest first; those created before T | data, `gsi3` | `gsi3pk = <KIND>S#<status>#<shard>`, `gsi3sk = <id>` |
//! | an idempotency record | ephemeral | `pk = IDEMPOTENCY#<hash>`, `sk = RECORD` |
//!
//! Listings of all aggregates would put all writes of a kind on one partition, so `gsi2` and `gsi3`
//! are spread over [`SHARDS`] shards that a reader merges. No request performs a scan.

use std::fmt::Display;

use sha2::{Digest, Sha256};

use crate::id::UserId;

/// The number of partitions that a listing of all aggregates is spread over.
pub const SHARDS: u8 = 4;

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableName {
    /// Aggregates and events: permanent, streamed and backed up.
    Data,
    /// Guards, idempotency records, send marks: they expire, and losing them loses nothing that
    /// can't be recreated.
    Ephemeral,
}

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The table.
    pub table: TableName,
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

impl Key {
    /// Creates a key of the data table.
    pub fn data(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { table: TableName::Data, pk: pk.into(), sk: sk.into() }
    }

    /// Creates a key of the ephemeral table.
    pub fn ephemeral(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { table: TableName::Ephemeral, pk: pk.into(), sk: sk.into() }
    }
}

/// The partition keys of one kind of item, as a function's policy specifies them
/// (`dynamodb:LeadingKeys`): a pattern in which `*` matches any text.
///
/// Each crate lists the families of its keys next to the functions that build the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Family {
    /// The table.
    pub table: TableName,
    /// The pattern, such as `ORDER#*`.
    pub pattern: &'static str,
}

impl Family {
    /// Creates a family of the data table.
    #[must_use]
    pub const fn data(pattern: &'static str) -> Self {
        Self { table: TableName::Data, pattern }
    }

    /// Creates a family of the ephemeral table.
    #[must_use]
    pub const fn ephemeral(pattern: &'static str) -> Self {
        Self { table: TableName::Ephemeral, pattern }
    }

    /// Returns whether a key belongs to the family.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        let matches = match self.pattern.strip_suffix('*') {
            Some(prefix) => key.pk.starts_with(prefix),
            None => key.pk == self.pattern,
        };
        key.table == self.table && matches
    }
}

/// The feed's log.
pub const FEED_LOG: Family = Family::data(FEED);
/// The feeds of single accounts.
pub const FEEDS_OF_OWNERS: Family = Family::data("FEED#*");
/// Idempotency records.
pub const IDEMPOTENCY: Family = Family::ephemeral("IDEMPOTENCY#*");
/// Events in the indexes.
pub const EVENTS: Family = Family::data("EVENTS#*");

/// The sort key of an aggregate that has its own partition.
pub const STATE: &str = "STATE";

/// Returns the key of an aggregate that has its own partition.
pub fn state(kind: &str, id: impl Display) -> Key {
    Key::data(format!("{}#{id}", kind.to_uppercase()), STATE)
}

/// Returns the key under which the key that encrypts a person's data is stored.
#[must_use]
pub fn person_key(user: UserId) -> Key {
    Key::data(format!("USER#{user}"), "KEY")
}

/// Returns the key of the lock that makes a value unique among its kind. The value may be personal,
/// so only its hash is stored.
#[must_use]
pub fn unique(kind: &str, value: &str) -> Key {
    Key::data(format!("UNIQUE#{}#{}", kind.to_uppercase(), hash(value)), "LOCK")
}

/// The partition of the feed's log.
pub const FEED: &str = "FEED";

/// Returns the key of the feed's item whose first entry is at this position.
#[must_use]
pub fn feed_log(first: u64) -> Key {
    Key::data(FEED, feed_position(first))
}

/// Returns the key of the feed entry at a position, in the feed of its account.
#[must_use]
pub fn feed_entry_of(user: UserId, position: u64) -> Key {
    Key::data(format!("FEED#{user}"), feed_position(position))
}

/// Formats a position for sort keys.
#[must_use]
pub fn feed_position(position: u64) -> String {
    format!("{position:012}")
}

/// Returns the listing of a user's events on others' aggregates.
#[must_use]
pub fn events_by(user: UserId) -> String {
    format!("EVENTS#ACTOR#{user}")
}

/// Returns the listing, without its shard, of the events of a type, or of all.
#[must_use]
pub fn events_of_type(kind: Option<&str>) -> String {
    kind.map_or_else(|| "EVENTS".to_owned(), |kind| format!("EVENTS#{kind}"))
}

/// Returns the listing of an account's aggregates of a kind.
#[must_use]
pub fn listing_by_owner(kind: &str, owner: UserId) -> String {
    format!("{}#OWNER#{owner}", listing(kind))
}

/// Returns the listing, without its shard, of all aggregates of a kind.
#[must_use]
pub fn listing(kind: &str) -> String {
    format!("{}S", kind.to_uppercase())
}

/// Returns the listing, without its shard, of the aggregates of a kind with a status.
pub fn listing_by_status(kind: &str, status: impl Display) -> String {
    format!("{}#{status}", listing(kind))
}

/// Returns the partition of a shard of a listing.
#[must_use]
pub fn in_shard(listing: &str, shard: u8) -> String {
    format!("{listing}#{shard}")
}

/// Returns the partition of a listing that holds the entry of this ID.
#[must_use]
pub fn sharded(listing: &str, id: u128) -> String {
    in_shard(listing, shard(id))
}

/// Returns the key of the record of an idempotency key, already hashed together with its scope.
#[must_use]
pub fn idempotency(hash: &str) -> Key {
    Key::ephemeral(format!("IDEMPOTENCY#{hash}"), "RECORD")
}

/// The prefix of the sort keys of events; the relay's stream filter in the template depends on it.
pub const EVENT_PREFIX: &str = "EVENT#";

/// Returns the shard of a listing entry, which is derived from its ID.
#[must_use]
pub fn shard(id: u128) -> u8 {
    // The low bits of a UUIDv7 are random.
    u8::try_from(id % u128::from(SHARDS)).unwrap_or(0)
}

/// Returns the SHA-256 hash, in hexadecimal, of a value that a key must not contain itself.
#[must_use]
pub fn hash(value: &str) -> String {
    hex::encode(Sha256::digest(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_contains_the_keys_of_its_pattern_in_its_table() {
        let orders = Family::data("ORDER#*");
        assert!(orders.contains(&Key::data("ORDER#1", STATE)));
        assert!(!orders.contains(&Key::data("ORDERS#1", STATE)));
        assert!(!orders.contains(&Key::ephemeral("ORDER#1", STATE)));
        assert!(FEED_LOG.contains(&feed_log(1)));
        assert!(!FEED_LOG.contains(&Key::data("FEED#usr_1", "1")));
    }

    /// Stored items are listed under these names.
    #[test]
    fn partitions_of_listings_keep_their_names() {
        let user: UserId = "usr_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(listing("order"), "ORDERS");
        assert_eq!(listing_by_owner("order", user), format!("ORDERS#OWNER#{user}"));
        assert_eq!(in_shard(&listing_by_status("order", "pending"), 3), "ORDERS#pending#3");
    }
}
