//! A clock that tests can move.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use builder_store::clock::{Clock, SystemClock};
use jiff::Timestamp;

/// A clock that runs with the machine's, or is frozen, and can be advanced.
#[derive(Debug, Default)]
pub struct TestClock {
    still: Option<Timestamp>,
    moved: Mutex<Duration>,
}

impl TestClock {
    /// Returns a frozen clock, less than an hour ahead.
    #[must_use]
    pub fn frozen_clock() -> Self {
        // The start of a window of the hourly limit, so that no test begins at the end of one. The
        // next window, not the current one: tables delete expired items by the machine's clock.
        let now = SystemClock.now().as_second();
        let still = Timestamp::from_second(now - now % 3600 + 3600).expect("a time of these days");
        Self { still: Some(still), moved: Mutex::default() }
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let moved = *self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        self.still.unwrap_or_else(|| SystemClock.now()) + moved
    }
}
