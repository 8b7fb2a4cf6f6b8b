//! The gateway's own throttles: a token bucket per route.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::template::Throttle;

/// A token bucket that is full at the start.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    settings: Throttle,
    level: Mutex<(f64, Instant)>,
}

impl TokenBucket {
    pub(crate) fn new(settings: Throttle) -> Self {
        Self { settings, level: Mutex::new((settings.burst, Instant::now())) }
    }

    /// Takes a token. Returns `false` if no token is left.
    pub(crate) fn take(&self, now: Instant) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, filled) = *level;
        let gained = now.saturating_duration_since(filled).as_secs_f64() * self.settings.rate;
        let tokens = (tokens + gained).min(self.settings.burst);
        let passes = tokens >= 1.0;
        *level = (if passes { tokens - 1.0 } else { tokens }, now.max(filled));
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn bursts_are_allowed_up_to_the_limit() {
        let bucket = TokenBucket::new(Throttle { rate: 10.0, burst: 5.0 });
        let start = Instant::now();
        assert_eq!((0..20).filter(|_| bucket.take(start)).count(), 5);
        let later = start + Duration::from_millis(320);
        assert_eq!((0..20).filter(|_| bucket.take(later)).count(), 3);
        let much_later = start + Duration::from_secs(60);
        assert_eq!((0..20).filter(|_| bucket.take(much_later)).count(), 5);
    }
}
