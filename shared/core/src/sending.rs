//! Sends each event's mail once, as far as possible.
//!
//! A mark is stored before sending and completed afterwards. After a crash between the provider's
//! acceptance and the completion, the mark expires and the mail is sent again: each mail is sent at
//! least once, and at most once more for each crash. Marks of mails that were sent at the same time
//! are completed together.

use builder_store::error::Result;
use builder_store::id::EventId;
use builder_store::table::{Item, Table, number, numeric, primary, values};
use jiff::Timestamp;

use crate::keys::{self, Key, TableName};

/// How long other senders wait, in seconds: longer than the function's time-out, shorter than the
/// queue's visibility time-out, so that a message is redelivered after its mark has expired.
const LEASE: i64 = 60;
/// How long a sent mail is recorded, in seconds: longer than a message can stay in its queue (four
/// days).
const MEMORY: i64 = 14 * 24 * 3600;

/// Until when other senders must wait. The mark of a sent mail has none.
const LEASE_UNTIL: &str = "leaseUntil";

/// The next step for an event's mail.
#[derive(Debug)]
pub enum Sending {
    /// Nothing: it has been sent.
    Done,
    /// Nothing yet: another sender is sending it.
    Busy,
    /// Send it, then complete the mark.
    Begun(Mark),
}

/// The right to send an event's mail.
#[derive(Debug)]
pub struct Mark {
    key: Key,
}

/// Requests the right to send.
///
/// # Errors
/// As [`Table::call`].
pub async fn begin(table: &Table, event: EventId, now: Timestamp) -> Result<Sending> {
    let key = keys::sent_email(event);
    let condition = "attribute_not_exists(pk) OR leaseUntil < :now";
    let now_is = values([(":now", numeric(now.as_second()))]);
    Ok(
        match table
            .put_if(&key, leased(&key, now.as_second() + LEASE, now), condition, now_is)
            .await?
        {
            None => Sending::Begun(Mark { key }),
            Some(mark) if number(&mark, LEASE_UNTIL).is_none() => Sending::Done,
            Some(_) => Sending::Busy,
        },
    )
}

/// Completes the marks of sent mails.
///
/// # Errors
/// As [`Table::call`].
pub async fn done(table: &Table, marks: &[Mark], now: Timestamp) -> Result<()> {
    table
        .put_all(
            TableName::Ephemeral,
            marks.iter().map(|mark| remembered(&mark.key, now)).collect(),
        )
        .await
}

impl Mark {
    /// Releases the mark, because the mail was not accepted: the next caller may send it.
    ///
    /// # Errors
    /// As [`Table::call`].
    pub async fn release(self, table: &Table, now: Timestamp) -> Result<()> {
        table.put_all(TableName::Ephemeral, vec![leased(&self.key, 0, now)]).await
    }
}

fn remembered(key: &Key, now: Timestamp) -> Item {
    let mut item = primary(key);
    item.insert("expiresAt".to_owned(), numeric(now.as_second() + MEMORY));
    item
}

fn leased(key: &Key, until: i64, now: Timestamp) -> Item {
    let mut item = remembered(key, now);
    item.insert(LEASE_UNTIL.to_owned(), numeric(until));
    item
}
