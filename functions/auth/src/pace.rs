//! Answers that take equally long, whatever they found.

use std::time::Duration;

/// Longer than the reads and the write behind a registration usually take, and too short for a
/// person to notice.
const LEAST: Duration = Duration::from_millis(150);

/// Does `work`, and gives its result no sooner than after a set time.
///
/// Making an account writes more than finding that there is one. Where the answer must not tell
/// which of the two happened, its time must not either.
pub(crate) async fn min_duration<T>(work: impl Future<Output = T>) -> T {
    tokio::join!(work, tokio::time::sleep(LEAST)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn nothing_is_answered_early() {
        let started = std::time::Instant::now();
        assert_eq!(min_duration(async { 7 }).await, 7);
        assert!(started.elapsed() >= LEAST);
    }
}
