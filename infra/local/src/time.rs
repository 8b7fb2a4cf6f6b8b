//! The time of this process: the machine's, or with `--clock` so much ahead of it. Data, queues,
//! links and invoices all see it.
//!
//! One for the whole process: a program plays one stack, and tests that need another time give the
//! functions a clock of their own.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use aws_smithy_async::time::TimeSource;
use builder_store::clock::{Clock, SystemClock};
use jiff::Timestamp;

use crate::data_dir;

/// How far ahead, in milliseconds.
static AHEAD: AtomicU64 = AtomicU64::new(0);

/// Moves the time of this process ahead of the machine's before a stack starts. Data has seen its
/// time and never sees an earlier one: what `data_dir` was kept at counts, unless it is deleted by
/// `fresh`. Returns how far it is ahead.
///
/// # Errors
/// When the data directory can't be read.
pub fn move_ahead(by: Duration, data_dir: Option<&Path>, fresh: bool) -> Result<Duration> {
    let kept = match data_dir.filter(|_| !fresh) {
        Some(data_dir) => data_dir::kept_ahead(data_dir)?,
        None => Duration::ZERO,
    };
    let ahead = by.max(kept);
    AHEAD.store(u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    Ok(ahead)
}

/// How far the time of this process is ahead of the machine's.
#[must_use]
pub fn ahead() -> Duration {
    Duration::from_millis(AHEAD.load(Ordering::Relaxed))
}

/// The time.
pub(crate) fn now() -> Timestamp {
    Timestamp::now().saturating_add(ahead()).unwrap_or(Timestamp::MAX)
}

/// The time for functions and the gateway.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessClock;

impl Clock for ProcessClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().saturating_add(ahead()).unwrap_or(Timestamp::MAX)
    }
}

/// The time for the SDK's signatures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SigningTime;

impl TimeSource for SigningTime {
    fn now(&self) -> SystemTime {
        SystemTime::now() + ahead()
    }
}
