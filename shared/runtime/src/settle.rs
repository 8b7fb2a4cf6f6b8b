//! Changes that others may be making at the same time.

use builder_core::error::{Error, Result};

/// How often a change is tried when others change the same thing meanwhile.
const ATTEMPTS: u32 = 8;

/// Does what reads, decides and commits, and does it again when somebody else changed what was read: what is there then decides.
///
/// # Errors
/// Those of `attempt`; [`Error::Stale`] when others were faster every time.
pub async fn settle<T, Fut: Future<Output = Result<T>>>(attempt: impl Fn() -> Fut) -> Result<T> {
    for _ in 0..ATTEMPTS {
        match attempt().await {
            Err(Error::Stale) => {}
            done => return done,
        }
    }
    Err(Error::Stale)
}
