//! Descriptions of tables, remembered for a minute.
//!
//! A description counts the items of table and indexes. AWS does that every six hours; here it
//! would be done each time a health check asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::cloud::arn;

const REMEMBERED: Duration = Duration::from_secs(60);

/// Answers of `DescribeTable` by table.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud::dynamodb) struct Described {
    answers: Arc<Mutex<HashMap<String, (Instant, Bytes)>>>,
}

impl Described {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, Bytes)>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer that is not too old.
    pub(in crate::cloud::dynamodb) fn recent(&self, table: &str) -> Option<Bytes> {
        let answers = self.lock();
        let (since, answer) = answers.get(arn::table_name(table))?;
        (since.elapsed() < REMEMBERED).then(|| answer.clone())
    }

    /// Remembers an answer, unless the table is still on its way to another state.
    pub(in crate::cloud::dynamodb) fn remember(&self, table: String, answer: Bytes) {
        let underway = [&b"\"CREATING\""[..], b"\"UPDATING\"", b"\"DELETING\""];
        if !underway.iter().any(|state| answer.windows(state.len()).any(|window| window == *state))
        {
            self.lock().insert(arn::table_name(&table).to_owned(), (Instant::now(), answer));
        }
    }

    /// The table has changed.
    pub(in crate::cloud::dynamodb) fn forget(&self, table: &str) {
        self.lock().remove(arn::table_name(table));
    }
}
