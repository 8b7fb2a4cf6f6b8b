//! Read-only access to messages: SQS itself only shows messages to a receiver, which hides and
//! counts them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::params;

use super::Sqs;
use crate::cloud::error::AwsError;

/// A message in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peeked {
    pub(crate) message_id: String,
    pub(crate) body: String,
    pub(crate) sent_at: Timestamp,
    /// When it can be received.
    pub(crate) visible_at: Timestamp,
    /// How often it was received in this queue.
    pub(crate) received: i64,
    /// The ARN of the queue that it was moved from.
    pub(crate) came_from: Option<String>,
}

impl Sqs {
    /// Returns the oldest messages of a queue, at most `limit`.
    pub(in crate::cloud) async fn peek(
        &self,
        queue: &str,
        limit: u32,
    ) -> Result<Vec<Peeked>, AwsError> {
        const SQL: &str = "SELECT message_id, body, sent_at, visible_at, received, came_from
                           FROM messages WHERE queue = ?1 ORDER BY id LIMIT ?2";
        let queue = queue.to_owned();
        let read = move |store: &mut rusqlite::Connection| {
            let mut statement = store.prepare_cached(SQL)?;
            let rows = statement.query_map(params![queue, limit], |row| {
                Ok(Peeked {
                    message_id: row.get(0)?,
                    body: row.get(1)?,
                    sent_at: time(row.get(2)?),
                    visible_at: time(row.get(3)?),
                    received: row.get(4)?,
                    came_from: row.get(5)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        Ok(self.store.run(read).await??)
    }

    /// Returns the time at which the oldest message of each non-empty queue was sent.
    pub(in crate::cloud) async fn oldest(&self) -> Result<BTreeMap<String, Timestamp>, AwsError> {
        let read = |store: &mut rusqlite::Connection| {
            let mut statement =
                store.prepare_cached("SELECT queue, min(sent_at) FROM messages GROUP BY queue")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, time(row.get(1)?))))?;
            rows.collect::<rusqlite::Result<BTreeMap<_, _>>>()
        };
        Ok(self.store.run(read).await??)
    }
}

fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}
