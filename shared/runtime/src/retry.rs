//! Retries of changes that conflict with others.

use std::time::Duration;

use builder_store::error::{Error, Result};

use crate::job::Work;
use crate::response::problem::{PRECONDITION_FAILED, Problem};

/// The maximum number of attempts while a client waits for the response.
const ATTEMPTS: u32 = 12;
/// A job retries while more than this is left, so that no attempt is interrupted.
const LAST_CALL: Duration = Duration::from_secs(5);
/// After this many attempts, each retry waits for a random time of at most [`PAUSE`] milliseconds,
/// doubled each time.
const CROWD: u32 = 3;
const PAUSE: u64 = 5;

/// The errors of an attempt.
pub trait AttemptError {
    /// Returns whether it is an [`Error::VersionConflict`]: what was read has changed since.
    fn is_version_conflict(&self) -> bool;
}

impl AttemptError for Error {
    fn is_version_conflict(&self) -> bool {
        matches!(self, Self::VersionConflict)
    }
}

impl AttemptError for Problem {
    fn is_version_conflict(&self) -> bool {
        self.code == PRECONDITION_FAILED
    }
}

/// Runs an attempt, which reads, decides and commits, and repeats it if what was read was changed
/// by another request, so that it decides with the new state.
///
/// # Errors
/// Those of `attempt`; [`Error::VersionConflict`] if every attempt conflicted.
pub async fn retry_on_conflict<T, E: AttemptError, Fut: Future<Output = Result<T, E>>>(
    attempt: impl FnMut() -> Fut,
) -> Result<T, E> {
    retry_while(attempt, |tries| tries < ATTEMPTS).await
}

impl Work {
    /// As [`retry_on_conflict`], for as long as the job may last: no client waits for it, and an
    /// unfinished message is redelivered only after the queue's visibility time-out, with all those
    /// behind it in its group.
    ///
    /// # Errors
    /// As [`retry_on_conflict`].
    pub async fn retry_on_conflict<T, Fut: Future<Output = Result<T>>>(
        &self,
        attempt: impl Fn() -> Fut,
    ) -> Result<T> {
        retry_while(attempt, |tries| tries < ATTEMPTS || self.remaining() > LAST_CALL).await
    }
}

async fn retry_while<T, E: AttemptError, Fut: Future<Output = Result<T, E>>>(
    mut attempt: impl FnMut() -> Fut,
    goes_on: impl Fn(u32) -> bool,
) -> Result<T, E> {
    let mut tries = 0_u32;
    loop {
        let done = attempt().await;
        tries += 1;
        match done {
            Err(error) if error.is_version_conflict() && goes_on(tries) => {}
            done => return done,
        }
        if let Some(doublings) = tries.checked_sub(CROWD) {
            let most = PAUSE << doublings.min(6);
            tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_conflict_is_tried_again_whichever_error_holds_it() {
        let mut tries = 0;
        let done = retry_on_conflict(|| {
            tries += 1;
            let done = if tries < 5 { Err(Problem::from(Error::VersionConflict)) } else { Ok(7) };
            async { done }
        })
        .await;
        assert_eq!((done.ok(), tries), (Some(7), 5));

        tries = 0;
        let done = retry_on_conflict(|| {
            tries += 1;
            async { Err::<(), _>(Problem::from(Error::NotFound { what: "order" })) }
        })
        .await;
        assert!(done.is_err());
        assert_eq!(tries, 1);
    }
}
