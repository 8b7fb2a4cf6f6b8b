//! The time of this process: the machine's, or with `--clock` ahead of it by an offset. It applies
//! to data, queues, links and invoices.
//!
//! The offset is one for the whole process: a program runs one stack, and tests that need another
//! time pass a clock to the functions.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use aws_smithy_async::time::TimeSource;
use builder_store::clock::{Clock, SystemClock};
use jiff::Timestamp;

use crate::data_dir;

/// The offset in milliseconds.
static AHEAD: AtomicU64 = AtomicU64::new(0);

/// Sets the offset of this process's time before a stack starts, and returns it. Time must never go
/// back for the data: the offset of `data_dir` applies if it is greater, unless `fresh` deletes the
/// data.
///
/// # Errors
/// If the data directory can't be read.
pub fn move_ahead(by: Duration, data_dir: Option<&Path>, fresh: bool) -> Result<Duration> {
    let kept = match data_dir.filter(|_| !fresh) {
        Some(data_dir) => data_dir::kept_ahead(data_dir)?,
        None => Duration::ZERO,
    };
    let ahead = by.max(kept);
    AHEAD.store(u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    Ok(ahead)
}

/// Returns the offset of this process's time from the machine's.
#[must_use]
pub fn ahead() -> Duration {
    Duration::from_millis(AHEAD.load(Ordering::Relaxed))
}

/// Returns the time.
pub(crate) fn now() -> Timestamp {
    Timestamp::now().saturating_add(ahead()).unwrap_or(Timestamp::MAX)
}

/// The clock of functions and the gateway.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessClock;

impl Clock for ProcessClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().saturating_add(ahead()).unwrap_or(Timestamp::MAX)
    }
}

/// The clock of the SDK's signatures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SigningTime;

impl TimeSource for SigningTime {
    fn now(&self) -> SystemTime {
        SystemTime::now() + ahead()
    }
}
