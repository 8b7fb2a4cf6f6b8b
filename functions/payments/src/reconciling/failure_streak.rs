//! Distinguishes failures of single comparisons from an outage.

use builder_store::error::Error;

/// Consecutive comparisons that failed because the provider or the table is unavailable.
#[derive(Debug, Default)]
pub(super) struct FailureStreak {
    things: u64,
    /// The ID before the first of them.
    after: Option<String>,
}

impl FailureStreak {
    /// The number of consecutive failures that count as independent. One more means that the
    /// provider or the table is failing.
    pub(super) const ALLOWED: u64 = 2;

    /// Ends the streak.
    pub(super) fn is_over(&mut self) {
        self.things = 0;
    }

    /// Records a failure after the ID `after`, and returns whether the streak indicates an outage.
    pub(super) fn is_enough(&mut self, error: &Error, after: Option<&String>) -> bool {
        if !matches!(error, Error::CircuitOpen { .. } | Error::Unavailable(_)) {
            self.things = 0;
            return false;
        }
        if self.things == 0 {
            self.after = after.cloned();
        }
        self.things += 1;
        self.things > Self::ALLOWED
    }

    /// Returns the ID before the first failure of the streak.
    pub(super) fn began_after(&mut self) -> Option<String> {
        self.after.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() -> Error {
        Error::CircuitOpen { what: "the provider", seconds: 2 }
    }

    #[test]
    fn three_in_a_row_are_enough_and_lead_back_to_the_first() {
        let mut failures = FailureStreak::default();
        let ids = ["a", "b", "c"].map(str::to_owned);
        assert!(
            !failures.is_enough(&busy(), Some(&ids[0]))
                && !failures.is_enough(&busy(), Some(&ids[1]))
        );
        failures.is_over();
        assert!(
            !failures.is_enough(&busy(), Some(&ids[1]))
                && !failures.is_enough(&Error::VersionConflict, Some(&ids[1]))
        );
        for (id, enough) in ids.iter().zip([false, false, true]) {
            assert_eq!(failures.is_enough(&busy(), Some(id)), enough, "{id}");
        }
        assert_eq!(failures.began_after(), Some(ids[0].clone()));
    }
}
