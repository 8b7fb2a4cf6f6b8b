//! Notices to the owner of an account about sign-ins, and the record of failed ones.

use jiff::Timestamp;

use super::{Status, User, UserEvent};
use crate::account::network::masked;

/// The number of failures after which the first event is recorded; the next ones are recorded at
/// twice that number, and so on, so that many guesses don't cause many events.
const FIRST_NOTED: i64 = 5;

impl User {
    /// Records a sign-in from a new network.
    #[must_use]
    pub fn notice_new_network(&self, address: &str, now: Timestamp) -> Vec<UserEvent> {
        if self.status != Status::Active {
            return Vec::new();
        }
        vec![UserEvent::SignedInFromNewNetwork {
            email: self.email.as_str().into(),
            network: masked(address),
            at: now,
        }]
    }

    /// Records that the second factor is paused, after too many wrong codes following the right
    /// password.
    #[must_use]
    pub fn notice_paused_factor(&self, address: &str, now: Timestamp) -> Vec<UserEvent> {
        if self.status != Status::Active {
            return Vec::new();
        }
        vec![UserEvent::SecondFactorPaused {
            email: self.email.as_str().into(),
            network: masked(address),
            at: now,
        }]
    }

    /// Records that a wrong password was entered for the `failures`-th time in a row.
    #[must_use]
    pub fn notice_failed_sign_ins(
        &self,
        address: &str,
        failures: i64,
        now: Timestamp,
    ) -> Vec<UserEvent> {
        if !is_noted(failures) || !matches!(self.status, Status::Active | Status::Disabled) {
            return Vec::new();
        }
        vec![UserEvent::SignInFailed {
            network: masked(address),
            failures: failures.unsigned_abs(),
            at: now,
        }]
    }
}

/// Returns whether this number of failures in a row is recorded: 5, 10, 20, 40 and so on.
#[must_use]
pub fn is_noted(failures: i64) -> bool {
    failures >= FIRST_NOTED
        && failures % FIRST_NOTED == 0
        && (failures / FIRST_NOTED).unsigned_abs().is_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_failures_is_noted_a_few_times() {
        let noted: Vec<i64> = (0..=1_000_000).filter(|failures| is_noted(*failures)).collect();
        assert_eq!(noted[..5], [5, 10, 20, 40, 80]);
        assert_eq!(noted.len(), 18);
    }
}
