//! An aggregate that an instance of a function reads once and then reuses for a while.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::aggregate::{Aggregate, Versioned};
use crate::clock::Clock;
use crate::error::Result;
use crate::table::Table;

/// A single aggregate that is read often and rarely changed.
pub trait Cached: Aggregate + 'static {
    /// How long a read value is used.
    const LIFE: SignedDuration;

    /// Reads the aggregate.
    ///
    /// # Errors
    /// As [`Table::call`].
    fn load(table: &Table) -> impl Future<Output = Result<Versioned<Self>>> + Send;
}

/// A cached `T`, and when it was read.
#[derive(Debug)]
pub struct Cache<T>(Mutex<Option<(Timestamp, Arc<Versioned<T>>)>>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Cached> Cache<T> {
    /// Returns the value, at most [`Cached::LIFE`] old. Concurrent requests wait for the same read.
    ///
    /// # Errors
    /// As [`Cached::load`]: an expired value is not used, even if no newer one can be read.
    pub async fn get(&self, table: &Table, clock: &dyn Clock) -> Result<Arc<Versioned<T>>> {
        let mut known = self.0.lock().await;
        // The time before the read: a change during the read isn't missed for longer.
        let now = clock.now();
        if let Some((read, value)) = &*known
            && is_fresh(*read, now, T::LIFE)
        {
            return Ok(value.clone());
        }
        let value = Arc::new(T::load(table).await?);
        *known = Some((now, value.clone()));
        Ok(value)
    }

    /// Discards the value, so that the next use reads it again.
    pub async fn clear(&self) {
        *self.0.lock().await = None;
    }
}

/// Returns whether a value read at `read` may still be used. If the clock was set back, its age is
/// unknown.
fn is_fresh(read: Timestamp, now: Timestamp, life: SignedDuration) -> bool {
    let age = now.duration_since(read);
    (SignedDuration::ZERO..life).contains(&age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_value_is_used_until_it_expires() {
        let read: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
        let after = |seconds| {
            let now = read + SignedDuration::from_secs(seconds);
            is_fresh(read, now, SignedDuration::from_mins(5))
        };
        assert!(after(0) && after(299));
        assert!(!after(300) && !after(-1));
    }
}
