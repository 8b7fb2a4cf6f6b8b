//! Seeded faults: failures as they occur in AWS, on demand and reproducible.
//!
//! Whether a call fails is a pure function of the seed, its operation and how often that operation
//! was called before. The same seed and the same sequence of calls produce the same faults,
//! independent of time.

pub(super) mod inject;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::iam::glob;

/// Which calls fail, and how. By default, no call fails.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The seed of every decision.
    pub seed: u64,
    /// Evaluated in order; the first that applies is used.
    pub rules: Vec<Rule>,
}

/// One kind of fault on a set of operations.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The IAM name of the operation, with wildcards: `dynamodb:TransactWriteItems`, `sqs:*`, `*`.
    pub operation: String,
    /// The effect on an affected call.
    pub kind: Kind,
    /// 0.0 (never) to 1.0 (every call).
    pub probability: f64,
}

/// The effect on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The service's own throttling error.
    Throttle,
    /// The service's own internal error; the call was not executed.
    Error500,
    /// The connection is dropped, for half of the calls after they were executed: the caller cannot
    /// tell.
    Drop,
    /// The response is delayed by this duration.
    Delay(Duration),
    /// Queries and scans of a global secondary index read the table as it was this long ago.
    StaleIndexReads(Duration),
}

/// The decision for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) kind: Kind,
    /// For a dropped call: whether it is executed before the connection is dropped.
    pub(crate) after: bool,
}

impl Faults {
    /// Returns the decision for attempt number `attempt` (from 0) of `operation`.
    pub(crate) fn decide(&self, operation: &str, attempt: u64) -> Option<Strike> {
        self.rules.iter().enumerate().find_map(|(number, rule)| {
            if !glob::matches_ignoring_case(&rule.operation, operation) {
                return None;
            }
            let draw = Sha256::new()
                .chain_update(self.seed.to_be_bytes())
                .chain_update(number.to_be_bytes())
                .chain_update(attempt.to_be_bytes())
                .chain_update(operation)
                .finalize();
            let mut word = [0; 4];
            word.copy_from_slice(&draw[..4]);
            let strikes = f64::from(u32::from_be_bytes(word)) < rule.probability * 4_294_967_296.0;
            strikes.then_some(Strike { kind: rule.kind, after: draw[4] & 1 == 1 })
        })
    }

    /// Returns the longest delay of index reads among all rules.
    pub(crate) fn index_delay(&self) -> Option<Duration> {
        self.rules
            .iter()
            .filter_map(|rule| match rule.kind {
                Kind::StaleIndexReads(delay) => Some(delay),
                _ => None,
            })
            .max()
    }
}

/// The faults of a running cloud: counts the attempts.
#[derive(Debug, Default)]
pub(crate) struct Injector {
    faults: Faults,
    attempts: Mutex<HashMap<String, u64>>,
}

impl Injector {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, attempts: Mutex::default() }
    }

    /// Counts a call and returns its fault, if any.
    pub(crate) fn inject(&self, operation: &str) -> Option<Strike> {
        if self.faults.rules.is_empty() {
            return None;
        }
        let attempt = {
            let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = attempts.entry(operation.to_owned()).or_default();
            let attempt = *count;
            *count += 1;
            attempt
        };
        self.faults.decide(operation, attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(seed: u64, probability: f64) -> Faults {
        Faults {
            seed,
            rules: vec![Rule { operation: "dynamodb:*".into(), kind: Kind::Throttle, probability }],
        }
    }

    fn struck(faults: &Faults) -> Vec<u64> {
        (0..1_000).filter(|attempt| faults.decide("dynamodb:PutItem", *attempt).is_some()).collect()
    }

    #[test]
    fn a_seed_fixes_every_decision() {
        assert_eq!(struck(&faults(7, 0.2)), struck(&faults(7, 0.2)));
        assert_ne!(struck(&faults(7, 0.2)), struck(&faults(8, 0.2)));
    }

    #[test]
    fn the_probability_is_met() {
        assert!(struck(&faults(1, 0.0)).is_empty());
        assert_eq!(struck(&faults(1, 1.0)).len(), 1_000);
        assert!((150..250).contains(&struck(&faults(1, 0.2)).len()));
    }

    #[test]
    fn rules_apply_per_operation_and_attempt() {
        let injector = Injector::new(faults(3, 0.5));
        let alone: Vec<_> =
            (0..50).map(|_| injector.inject("dynamodb:GetItem").is_some()).collect();
        let injector = Injector::new(faults(3, 0.5));
        let mixed: Vec<_> = (0..50)
            .map(|_| {
                assert_eq!(injector.inject("sqs:SendMessage"), None);
                injector.inject("dynamodb:PutItem");
                injector.inject("dynamodb:GetItem").is_some()
            })
            .collect();
        assert_eq!(alone, mixed);
    }
}
