//! The deployment's settings as a function goes by them: read on first use, and again when five
//! minutes have passed.

use std::sync::Arc;

use builder_core::Result;
use builder_core::aggregate::Versioned;
use builder_core::clock::Clock;
use builder_core::settings::{LIFE, Settings, store};
use builder_core::table::Table;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

/// What an instance has read of the settings, and when.
#[derive(Debug, Default)]
pub(crate) struct CachedSettings(Mutex<Option<(Timestamp, Arc<Versioned<Settings>>)>>);

impl CachedSettings {
    /// The settings, at most [`LIFE`] old. Whoever comes while they are being read waits for that
    /// one reading.
    pub(crate) async fn get(
        &self,
        table: &Table,
        clock: &dyn Clock,
    ) -> Result<Arc<Versioned<Settings>>> {
        let mut known = self.0.lock().await;
        // The time before the reading: what is changed meanwhile is not known for longer.
        let now = clock.now();
        if let Some((read, settings)) = &*known
            && is_fresh(*read, now)
        {
            return Ok(settings.clone());
        }
        let settings = Arc::new(store::load(table).await?);
        *known = Some((now, settings.clone()));
        Ok(settings)
    }

    /// Forgets what was read, so that the next use reads again.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// Whether what was read then is still good. A clock that was set back tells nothing of its age.
fn is_fresh(read: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(read);
    (SignedDuration::ZERO..LIFE).contains(&age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_good_for_five_minutes() {
        let read: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
        let after = |seconds| is_fresh(read, read + SignedDuration::from_secs(seconds));
        assert!(after(0) && after(299));
        assert!(!after(300) && !after(-1));
    }
}
