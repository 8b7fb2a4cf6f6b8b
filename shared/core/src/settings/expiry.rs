//! Until when orders placed under earlier settings have to be looked for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::LIFE;

/// The most hours an order may wait to be paid: 30 days.
pub const MAX_EXPIRY_HOURS: u32 = 720;
/// The most earlier times that are remembered: an order under one older than these expires late,
/// never early.
const MOST: usize = 20;
/// How long after a change orders may still be promised the time of before: other functions know it
/// by then, and what they had begun is done.
const LAG: SignedDuration = SignedDuration::from_secs(2 * LIFE.as_secs());

/// A time to pay that was promised before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PastExpiry {
    /// The hours that were set, if any were.
    pub hours: Option<u32>,
    /// Until when it was promised.
    pub until: Timestamp,
}

/// The times promised so far, with the one that is replaced at `at`. What can't be due later than
/// under the longest time is forgotten.
pub(super) fn replaced(
    mut past: Vec<PastExpiry>,
    hours: Option<u32>,
    at: Timestamp,
) -> Vec<PastExpiry> {
    past.retain(|earlier| earlier.until > earlier_by(at, MAX_EXPIRY_HOURS));
    past.push(PastExpiry { hours, until: at.saturating_add(LAG).unwrap_or(Timestamp::MAX) });
    if past.len() > MOST {
        past.remove(0);
    }
    past
}

/// A time before which every order has been placed that is due at `now`; others have, too, that are
/// not due.
pub(super) fn placed_before(
    past: &[PastExpiry],
    hours: Option<u32>,
    default_hours: u32,
    now: Timestamp,
) -> Timestamp {
    let bound = |hours: Option<u32>| {
        let due = earlier_by(now, hours.unwrap_or(default_hours));
        // An order placed exactly that long ago is due too.
        due.saturating_add(SignedDuration::from_millis(1)).unwrap_or(due)
    };
    let earlier = past.iter().map(|earlier| bound(earlier.hours).min(earlier.until));
    earlier.fold(bound(hours), Timestamp::max)
}

fn earlier_by(time: Timestamp, hours: u32) -> Timestamp {
    time.saturating_sub(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + minutes * 60).unwrap()
    }

    proptest! {
        /// However the time to pay is changed, an order is found when it is due, even if it was
        /// promised what had been changed five minutes before.
        #[test]
        fn every_order_that_is_due_is_found(
            changes in prop::collection::vec((0..3000i64, prop::option::of(1..=48u32)), 0..15),
            placed in 0..20_000i64,
            stale in 0..=5i64,
            later in 0..5000i64,
        ) {
            let (mut past, mut hours, mut promised) = (Vec::new(), None, None);
            let (mut minute, now) = (0, placed + later);
            for (pause, wanted) in changes {
                minute += pause;
                if minute > now {
                    break;
                }
                if wanted != hours {
                    past = replaced(past, hours, at(minute));
                    hours = wanted;
                }
                if minute + stale <= placed {
                    promised = hours;
                }
            }
            let due = placed + i64::from(promised.unwrap_or(24)) * 60 <= now;
            prop_assert!(!due || at(placed) < placed_before(&past, hours, 24, at(now)));
        }
    }

    #[test]
    fn what_was_promised_long_ago_is_forgotten() {
        let past = replaced(Vec::new(), None, at(0));
        assert_eq!(past.len(), 1);
        let month = i64::from(MAX_EXPIRY_HOURS) * 60;
        assert_eq!(replaced(past.clone(), Some(2), at(month)).len(), 2);
        assert_eq!(
            replaced(past, Some(2), at(month + 11)),
            [PastExpiry { hours: Some(2), until: at(month + 21) }]
        );
        let many = (0..100).fold(Vec::new(), |past, minute| replaced(past, Some(1), at(minute)));
        assert_eq!(many.len(), MOST);
    }
}
