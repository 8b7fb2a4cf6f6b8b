//! A circuit breaker for the payment provider, shared by all instances of all functions.
//!
//! ```text
//! closed ──(of at least 10 calls in a minute, half failed)──▶ open ──(30 s later, one call)──▶ probing
//!    ▲                                                          ▲                                │
//!    └──────────────────────(it succeeded)──────────────────────┼────────────────────────────────┤
//!                                                               └──────────(it failed)───────────┘
//! ```
//! While it is open, nobody waits for a provider that is down: calls fail immediately with the time
//! of the next attempt, and the provider gets only one probe at a time. Failures are calls without
//! a response, or with a status of 5xx or 429; a declined card is not a failure.
//!
//! Calls are counted in windows of half a minute, the current one and the previous one. Opening and
//! closing begin a new *epoch*, whose windows start empty.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use builder_store::error::{Error, Result};
use builder_store::table::{Item, Table, counted, number, numeric, values};
use jiff::{SignedDuration, Timestamp};

use crate::keys;

/// The minimum number of calls for the breaker to open.
const LEAST_CALLS: u64 = 10;
/// The breaker opens if at least one in this many calls failed.
const FAILED_PART: u64 = 2;
/// How long it stays open before a probe is sent.
const OPEN: SignedDuration = SignedDuration::from_secs(30);
/// How long a probe may take before another one is sent.
const PROBE: SignedDuration = SignedDuration::from_secs(10);
/// The length of a window, in seconds.
const WINDOW: i64 = 30;
/// How long a window is stored, in seconds: much longer than it counts.
const WINDOW_LIFE: i64 = 600;

/// The breaker of one provider, in one instance.
#[derive(Debug)]
pub struct Breaker {
    provider: &'static str,
    /// Until when it is known to be open, so that the table isn't read.
    open_until: Mutex<Option<Timestamp>>,
}

/// The stored state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    epoch: i64,
    opened_at: Option<Timestamp>,
    probe_until: Option<Timestamp>,
}

/// The permission to make one call. The outcome must be reported with [`Breaker::report`].
#[derive(Debug)]
pub struct Admission {
    epoch: i64,
    /// When the breaker had opened, if this is the probe.
    probe: Option<Timestamp>,
    /// The number of calls in the previous window, and the number of those that failed.
    before: (u64, u64),
}

impl Breaker {
    /// Creates the breaker for this provider.
    #[must_use]
    pub fn new(provider: &'static str) -> Self {
        Self { provider, open_until: Mutex::default() }
    }

    /// Decides whether a call may be made.
    ///
    /// # Errors
    /// [`Error::CircuitOpen`] while it is open; the errors of reading the table.
    pub async fn admit(&self, table: &Table, now: Timestamp) -> Result<Admission> {
        if let Some(until) = *self.open_until.lock().unwrap_or_else(PoisonError::into_inner)
            && now < until
        {
            return Err(refusal(until, now));
        }
        let state_key = keys::breaker(self.provider);
        let state = table.get(&state_key).await?.map(|item| State::read(&item)).unwrap_or_default();
        let Some(opened_at) = state.opened_at else {
            let window =
                keys::breaker_window(self.provider, state.epoch, now.as_second() / WINDOW - 1);
            let before = table
                .get(&window)
                .await?
                .map_or((0, 0), |item| (tally(&item, "calls"), tally(&item, "failures")));
            return Ok(Admission { epoch: state.epoch, probe: None, before });
        };
        let ready = later(opened_at, OPEN);
        if now < ready {
            self.remember(ready);
            return Err(refusal(ready, now));
        }
        if let Some(until) = state.probe_until.filter(|until| now < *until) {
            return Err(refusal(until, now));
        }
        // Of all callers that get here, one sends the probe.
        let claimed = self.claim_probe(table, opened_at, now).await?;
        if claimed {
            Ok(Admission { epoch: state.epoch, probe: Some(opened_at), before: (0, 0) })
        } else {
            Err(refusal(later(now, PROBE), now))
        }
    }

    /// Records the outcome of a call. If that fails, the failure is only logged, since the call
    /// itself was made.
    pub async fn report(&self, table: &Table, admission: &Admission, failed: bool, now: Timestamp) {
        let noted = match admission.probe {
            Some(opened_at) => self.conclude(table, admission.epoch, opened_at, failed, now).await,
            None => self.count(table, admission, failed, now).await,
        };
        if let Err(error) = noted {
            tracing::warn!(provider = self.provider, %error, "could not update the circuit \
             breaker");
        }
    }

    async fn claim_probe(
        &self,
        table: &Table,
        opened_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool> {
        let free =
            "openedAt = :opened AND (attribute_not_exists(probeUntil) OR probeUntil <= :now)";
        let values = values([
            (":until", numeric(later(now, PROBE).as_millisecond())),
            (":opened", numeric(opened_at.as_millisecond())),
            (":now", numeric(now.as_millisecond())),
        ]);
        Ok(table
            .update_if(&keys::breaker(self.provider), "SET probeUntil = :until", free, values)
            .await?
            .is_some())
    }

    /// Closes the breaker after a probe that succeeded, or keeps it open for another period.
    async fn conclude(
        &self,
        table: &Table,
        epoch: i64,
        opened_at: Timestamp,
        failed: bool,
        now: Timestamp,
    ) -> Result<()> {
        let opened = (":opened", numeric(opened_at.as_millisecond()));
        let (change, values) = if failed {
            (
                "SET openedAt = :now REMOVE probeUntil",
                values([opened, (":now", numeric(now.as_millisecond()))]),
            )
        } else {
            (
                "SET epoch = :epoch REMOVE openedAt, probeUntil",
                values([opened, (":epoch", numeric(epoch + 1))]),
            )
        };
        table
            .update_if(&keys::breaker(self.provider), change, "openedAt = :opened", values)
            .await?;
        if failed {
            self.remember(later(now, OPEN));
        } else {
            tracing::info!(provider = self.provider, "the circuit breaker closed");
        }
        Ok(())
    }

    async fn count(
        &self,
        table: &Table,
        admission: &Admission,
        failed: bool,
        now: Timestamp,
    ) -> Result<()> {
        let window = keys::breaker_window(self.provider, admission.epoch, now.as_second() / WINDOW);
        let counts = values([
            (":expires", numeric(now.as_second() + WINDOW_LIFE)),
            (":one", counted(1)),
            (":failed", counted(u64::from(failed))),
        ]);
        let change = "SET expiresAt = :expires ADD calls :one, failures :failed";
        let item = table.update_if(&window, change, "", counts).await?.unwrap_or_default();
        let (calls, failures) = admission.before;
        if failed && too_many(calls + tally(&item, "calls"), failures + tally(&item, "failures")) {
            self.open(table, admission.epoch, now).await?;
        }
        Ok(())
    }

    async fn open(&self, table: &Table, epoch: i64, now: Timestamp) -> Result<()> {
        let closed =
            "attribute_not_exists(openedAt) AND (attribute_not_exists(epoch) OR epoch = :epoch)";
        let values = values([(":now", numeric(now.as_millisecond())), (":epoch", numeric(epoch))]);
        if table
            .update_if(
                &keys::breaker(self.provider),
                "SET openedAt = :now, epoch = :epoch",
                closed,
                values,
            )
            .await?
            .is_some()
        {
            tracing::error!(provider = self.provider, "the circuit breaker opened");
            self.remember(later(now, OPEN));
        }
        Ok(())
    }

    fn remember(&self, until: Timestamp) {
        *self.open_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }
}

impl State {
    fn read(item: &Item) -> Self {
        let time =
            |name: &str| number(item, name).and_then(|time| Timestamp::from_millisecond(time).ok());
        Self {
            epoch: number(item, "epoch").unwrap_or(0),
            opened_at: time("openedAt"),
            probe_until: time("probeUntil"),
        }
    }
}

fn too_many(calls: u64, failures: u64) -> bool {
    calls >= LEAST_CALLS && failures * FAILED_PART >= calls
}

fn tally(item: &Item, name: &str) -> u64 {
    number(item, name).and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn refusal(until: Timestamp, now: Timestamp) -> Error {
    let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    Error::CircuitOpen {
        what: "the payment provider",
        seconds: wait.as_secs_f64().ceil().max(1.0) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_if_half_of_at_least_ten_calls_fail() {
        for (calls, failures, open) in
            [(9, 9, false), (10, 4, false), (10, 5, true), (100, 49, false), (100, 50, true)]
        {
            assert_eq!(too_many(calls, failures), open, "{failures} of {calls}");
        }
    }
}
