//! The faults of a running server: counts calls and attempts.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Down, Fate, Faults, Kind};

/// Counts calls, and determines their faults.
#[derive(Debug, Default)]
pub(crate) struct Injector(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    faults: Faults,
    /// By operation, and by type of event, since the faults were set.
    attempts: HashMap<String, u64>,
    /// By operation, since the start or the last reset.
    calls: BTreeMap<String, u64>,
    /// How many calls had a fault, by operation and kind.
    strikes: BTreeMap<String, u64>,
}

/// The fault of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    Down(Down),
    Rule(Kind, u64),
}

impl Injector {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Mutex::new(State { faults, ..State::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the faults; attempts are counted from 0 again.
    pub(crate) fn set(&self, faults: Faults) {
        let mut state = self.state();
        state.faults = faults;
        state.attempts.clear();
    }

    /// Returns the current faults.
    pub(crate) fn faults(&self) -> Faults {
        self.state().faults.clone()
    }

    /// Counts a call and returns its fault, if any.
    pub(crate) fn strike(&self, operation: &str) -> Option<Strike> {
        let mut state = self.state();
        *state.calls.entry(operation.to_owned()).or_default() += 1;
        let attempt = next(&mut state.attempts, operation);
        let strike = match state.faults.down {
            Some(down) => Strike::Down(down),
            None => state
                .faults
                .strikes(operation, attempt)
                .map(|rule| Strike::Rule(rule.kind, rule.ms))?,
        };
        *state.strikes.entry(format!("{operation} {strike:?}")).or_default() += 1;
        Some(strike)
    }

    /// Counts an event and returns its faults.
    pub(crate) fn fate(&self, kind: &str) -> Fate {
        let mut state = self.state();
        let number = next(&mut state.attempts, kind);
        state.faults.fate(kind, number)
    }

    /// Returns how often each operation was called.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        self.state().calls.clone()
    }

    /// Returns how often each had a fault.
    pub(crate) fn strikes(&self) -> BTreeMap<String, u64> {
        self.state().strikes.clone()
    }

    /// Resets the counts of calls and faults.
    pub(crate) fn reset_counts(&self) {
        let mut state = self.state();
        state.calls.clear();
        state.strikes.clear();
    }
}

fn next(attempts: &mut HashMap<String, u64>, what: &str) -> u64 {
    let count = attempts.entry(what.to_owned()).or_default();
    *count += 1;
    *count - 1
}
