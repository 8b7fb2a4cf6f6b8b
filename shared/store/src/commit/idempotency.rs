//! Claims of idempotency keys, for requests of which only one may run at a time.

use std::time::Duration;

use jiff::Timestamp;

use crate::commit::{Commit, IdempotencyRecord};
use crate::error::{Error, Result};
use crate::event::{Actor, Context};
use crate::keys;
use crate::table::{Item, Table, binary, number, numeric, primary, textual, values};

/// How long an unfinished claim is stored, in seconds: longer than any function runs.
const CLAIM_LIFE: i64 = 3600;

/// The result of claiming a key.
#[derive(Debug)]
pub enum Taken {
    /// The caller holds the key, until the lease ends.
    Ours,
    /// Another request holds it, or has held it.
    Others {
        /// The record: with the response, or without one while the request is in progress.
        item: Item,
        /// The number of seconds until the lease ends, at least 1.
        seconds: i64,
    },
}

/// Claims a key. A key whose lease has ended can be claimed again by the same request.
///
/// # Errors
/// As [`Table::call`].
pub async fn take(
    table: &Table,
    key_hash: &str,
    fingerprint: &[u8],
    lease: &str,
    now: Timestamp,
    limit: Duration,
) -> Result<Taken> {
    let key = keys::idempotency(key_hash);
    let until = now.as_millisecond() + i64::try_from(limit.as_millis()).unwrap_or(i64::MAX / 2);
    let mut item = primary(&key);
    item.insert("fingerprint".to_owned(), binary(fingerprint));
    item.insert("lease".to_owned(), textual(lease));
    item.insert("leaseUntil".to_owned(), numeric(until));
    item.insert("expiresAt".to_owned(), numeric(now.as_second() + CLAIM_LIFE));
    let abandoned =
        "attribute_not_exists(reply) AND leaseUntil < :ms AND fingerprint = :fingerprint";
    let condition = format!("attribute_not_exists(pk) OR expiresAt < :now OR ({abandoned})");
    let values = values([
        (":now", numeric(now.as_second())),
        (":ms", numeric(now.as_millisecond())),
        (":fingerprint", binary(fingerprint)),
    ]);
    let Some(item) = table.put_if(&key, item, &condition, values).await? else {
        return Ok(Taken::Ours);
    };
    let left = number(&item, "leaseUntil").unwrap_or(0) - now.as_millisecond();
    Ok(Taken::Others { item, seconds: left.div_euclid(1000).clamp(0, CLAIM_LIFE) + 1 })
}

/// Replaces a claim by a response; does nothing if the claim is no longer the caller's.
///
/// # Errors
/// As [`Commit::send`].
pub async fn keep(table: &Table, record: &IdempotencyRecord, now: Timestamp) -> Result<()> {
    let context =
        Context { actor: Actor::System, at: now, request_id: String::new(), traceparent: None };
    let mut commit = Commit::new(&context);
    commit.record(record);
    match commit.send(table).await {
        Err(Error::AlreadyRecorded) => Ok(()),
        done => done,
    }
}

/// Releases a key; does nothing if it is no longer the caller's.
///
/// # Errors
/// As [`Table::call`].
pub async fn release(table: &Table, key_hash: &str, lease: &str) -> Result<()> {
    table
        .delete_if(
            &keys::idempotency(key_hash),
            "lease = :lease",
            values([(":lease", textual(lease))]),
        )
        .await
}
