//! The random decisions: pure functions.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Faults, Rule};

/// The faults of the deliveries of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) dropped: bool,
    /// How many deliveries are lost.
    pub(crate) lost: u32,
    pub(crate) doubled: bool,
    pub(crate) delay: Duration,
    /// Whether it waits until the next event is delivered.
    pub(crate) held: bool,
}

impl Faults {
    /// Returns the rule that applies to attempt number `attempt` (from 0) of `operation`.
    pub(super) fn strikes(&self, operation: &str, attempt: u64) -> Option<&Rule> {
        let struck = |(number, rule): &(usize, &Rule)| {
            matches(&rule.operation, operation)
                && rule.first.is_none_or(|first| attempt < first)
                && draw(self.seed, &format!("rule {number}"), operation, attempt) < rule.probability
        };
        self.rules.iter().enumerate().find(struck).map(|(_, rule)| rule)
    }

    /// Returns the faults of event number `number` (from 0) of a type.
    pub(crate) fn fate(&self, kind: &str, number: u64) -> Fate {
        let faults = &self.webhooks;
        let meets =
            |what: &str, probability: f64| draw(self.seed, what, kind, number) < probability;
        Fate {
            dropped: meets("drop", faults.drop),
            lost: if meets("late", faults.late) { faults.late_attempts } else { 0 },
            doubled: meets("double", faults.double),
            delay: Duration::from_millis(if meets("delay", faults.delay) {
                faults.delay_ms
            } else {
                0
            }),
            held: meets("reorder", faults.reorder),
        }
    }
}

/// Returns a number from 0 to below 1 that only depends on the arguments.
fn draw(seed: u64, what: &str, operation: &str, attempt: u64) -> f64 {
    let digest = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(attempt.to_be_bytes())
        .chain_update(what)
        .chain_update([0])
        .chain_update(operation)
        .finalize();
    let mut word = [0; 4];
    word.copy_from_slice(&digest[..4]);
    f64::from(u32::from_be_bytes(word)) / 4_294_967_296.0
}

/// Returns whether a text matches a pattern in which `*` matches any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|after| {
            after
                .char_indices()
                .map(|(at, _)| at)
                .chain([after.len()])
                .any(|at| matches(rest, &after[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, WebhookFaults};
    use super::*;

    fn faults(seed: u64, operation: &str, probability: f64) -> Faults {
        let rule = Rule {
            operation: operation.into(),
            kind: Kind::ErrorBefore,
            probability,
            first: None,
            ms: 0,
        };
        Faults { seed, rules: vec![rule], ..Faults::default() }
    }

    fn struck(faults: &Faults) -> Vec<u64> {
        (0..1_000)
            .filter(|attempt| faults.strikes("POST /v1/refunds", *attempt).is_some())
            .collect()
    }

    #[test]
    fn a_seed_fixes_every_decision_and_the_probability_is_met() {
        let some = struck(&faults(7, "*", 0.2));
        assert_eq!(some, struck(&faults(7, "*", 0.2)));
        assert_ne!(some, struck(&faults(8, "*", 0.2)));
        assert!((150..250).contains(&some.len()), "{}", some.len());
        assert_eq!(struck(&faults(7, "*", 1.0)).len(), 1_000);
        assert!(struck(&faults(7, "*", 0.0)).is_empty());
    }

    #[test]
    fn faults_can_be_limited_to_the_first_calls() {
        let mut faults = faults(7, "POST *", 1.0);
        faults.rules[0].first = Some(2);
        assert_eq!(struck(&faults), [0, 1]);
    }

    #[test]
    fn patterns_match_whole_operations() {
        let refund = "POST /v1/refunds";
        for pattern in ["*", "POST *", "*refunds", "POST /v1/*s", "POST /v1/refunds", "*/v1/*"] {
            assert!(matches(pattern, refund), "{pattern}");
        }
        for pattern in ["", "POST", "GET *", "*refund", "POST /v1/refunds/*"] {
            assert!(!matches(pattern, refund), "{pattern}");
        }
    }

    #[test]
    fn faults_of_events_are_independent() {
        let webhooks = WebhookFaults {
            drop: 0.3,
            double: 0.3,
            late: 0.3,
            late_attempts: 2,
            ..WebhookFaults::default()
        };
        let faults = Faults { seed: 3, webhooks, ..Faults::default() };
        let fates: Vec<Fate> =
            (0..1_000).map(|number| faults.fate("charge.refunded", number)).collect();
        assert_eq!(
            fates,
            (0..1_000).map(|number| faults.fate("charge.refunded", number)).collect::<Vec<_>>()
        );
        let both = fates.iter().filter(|fate| fate.dropped && fate.doubled).count();
        assert!((50..140).contains(&both), "independent would be 90, this is {both}");
        assert!(
            fates.iter().all(|fate| fate.lost == 0 || fate.lost == 2)
                && fates.iter().all(|fate| !fate.held)
        );
    }
}
