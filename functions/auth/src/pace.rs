//! A minimum response time, so that the time reveals nothing.

use std::time::Duration;

/// Longer than the reads and the write of a registration usually take, and too short for a person
/// to notice.
const LEAST: Duration = Duration::from_millis(150);

/// Runs `work`, and returns its result no sooner than after a fixed time.
///
/// Creating an account writes more than finding an existing one. Where the response must not reveal
/// which of the two happened, its time must not either.
pub(crate) async fn min_duration<T>(work: impl Future<Output = T>) -> T {
    tokio::join!(work, tokio::time::sleep(LEAST)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn responses_wait_for_the_minimum_time() {
        let started = std::time::Instant::now();
        assert_eq!(min_duration(async { 7 }).await, 7);
        assert!(started.elapsed() >= LEAST);
    }
}
