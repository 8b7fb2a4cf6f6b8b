//! Changes that others may be making at the same time.

use std::time::Duration;

use builder_core::error::{Error, Result};

/// How often a change is tried when others change the same thing meanwhile.
const ATTEMPTS: u32 = 12;
/// After so many it is a crowd: each then waits for a random time, at most so many milliseconds, twice as many the next time.
const CROWD: u32 = 3;
const PAUSE: u64 = 5;

/// Does what reads, decides and commits, and does it again when somebody else changed what was read: what is there then decides.
///
/// # Errors
/// Those of `attempt`; [`Error::Stale`] when others were faster every time.
pub async fn settle<T, Fut: Future<Output = Result<T>>>(attempt: impl Fn() -> Fut) -> Result<T> {
    for tries in 1..=ATTEMPTS {
        match attempt().await {
            Err(Error::Stale) if tries >= CROWD => {
                let most = PAUSE << (tries - CROWD).min(6);
                tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
            }
            Err(Error::Stale) => {}
            done => return done,
        }
    }
    Err(Error::Stale)
}
