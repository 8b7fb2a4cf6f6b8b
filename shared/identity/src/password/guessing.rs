//! How long to wait after a number of failed login attempts. No I/O.

/// The subject that failures are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginThrottle {
    /// A network address, whatever the account.
    Address,
    /// An account, whatever the network address.
    Account,
    /// An account together with a network address.
    AccountAtAddress,
}

/// How long failures are stored after the last one, in seconds.
pub const MEMORY: i64 = 24 * 3600;

/// For each number of failures of an address, the seconds to wait.
const ADDRESS: [(u32, i64); 5] = [(7, 60), (10, 600), (15, 900), (20, 3_600), (25, 86_400)];
/// The number of failures of an account without a wait, because people mistype.
const FREE: u32 = 4;
/// The maximum wait of an account, in seconds.
const LONGEST: i64 = 900;

impl LoginThrottle {
    /// Returns the seconds to wait after this many failures.
    #[must_use]
    pub fn wait(self, failures: u32) -> i64 {
        match self {
            // After the last entry, each failure causes a wait.
            Self::Address | Self::AccountAtAddress if failures > 25 => 86_400,
            Self::Address | Self::AccountAtAddress => ADDRESS
                .iter()
                .find(|(rung, _)| *rung == failures)
                .map_or(0, |(_, seconds)| *seconds),
            // 1, 2, 4, 8 … seconds.
            Self::Account => failures
                .checked_sub(FREE + 1)
                .map_or(0, |doubled| (1 << doubled.min(20)).min(LONGEST)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_at_each_rung_and_for_ever_longer() {
        let waits: Vec<i64> =
            (0..=27).map(|failures| LoginThrottle::Address.wait(failures)).collect();
        let expected =
            [(7, 60), (10, 600), (15, 900), (20, 3600), (25, 86_400), (26, 86_400), (27, 86_400)];
        for (failures, wait) in waits.iter().enumerate() {
            assert_eq!(
                *wait,
                expected.iter().find(|(rung, _)| *rung == failures).map_or(0, |(_, wait)| *wait),
                "{failures}"
            );
        }
    }

    #[test]
    fn an_account_waits_twice_as_long_each_time_up_to_a_quarter_of_an_hour() {
        let waits: Vec<i64> =
            (0..=16).map(|failures| LoginThrottle::Account.wait(failures)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(LoginThrottle::Account.wait(u32::MAX), 900);
    }
}
