//! Descriptions of tables, cached for a minute.
//!
//! A description counts the items of the table and its indexes. AWS does that every six hours;
//! without the cache, every health check would do it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::cloud::arn;

const REMEMBERED: Duration = Duration::from_secs(60);

/// Cached responses of `DescribeTable` by table.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud::dynamodb) struct Described {
    answers: Arc<Mutex<HashMap<String, (Instant, Bytes)>>>,
}

impl Described {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, Bytes)>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the response for a table unless it is too old.
    pub(in crate::cloud::dynamodb) fn recent(&self, table: &str) -> Option<Bytes> {
        let answers = self.lock();
        let (since, answer) = answers.get(arn::table_name(table))?;
        (since.elapsed() < REMEMBERED).then(|| answer.clone())
    }

    /// Caches a response, unless the table's status is still changing.
    pub(in crate::cloud::dynamodb) fn remember(&self, table: String, answer: Bytes) {
        let underway = [&b"\"CREATING\""[..], b"\"UPDATING\"", b"\"DELETING\""];
        if !underway.iter().any(|state| answer.windows(state.len()).any(|window| window == *state))
        {
            self.lock().insert(arn::table_name(&table).to_owned(), (Instant::now(), answer));
        }
    }

    /// Removes a changed table from the cache.
    pub(in crate::cloud::dynamodb) fn forget(&self, table: &str) {
        self.lock().remove(arn::table_name(table));
    }
}
