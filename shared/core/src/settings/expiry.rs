//! Finds due orders that were placed under earlier settings.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::LIFE;

/// The maximum period in which an order can be paid: 30 days.
pub const MAX_EXPIRY_HOURS: u32 = 720;
/// The maximum number of earlier periods that are stored: an order with an older one expires late,
/// never early.
const MOST: usize = 20;
/// How long after a change orders may still get the earlier period: by then, other functions have
/// read the change, and earlier requests have ended.
const LAG: SignedDuration = SignedDuration::from_secs(2 * LIFE.as_secs());

/// An earlier payment period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PastExpiry {
    /// The configured hours, if any.
    pub hours: Option<u32>,
    /// Until when orders could get it.
    pub until: Timestamp,
}

/// Returns the earlier periods with the one that is replaced at `at`. Periods whose orders are all
/// due even with the maximum period are removed.
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

/// Returns a time such that every order that is due at `now` was placed before it; orders that
/// aren't due may also have been placed before it.
pub(super) fn placed_before(
    past: &[PastExpiry],
    hours: Option<u32>,
    default_hours: u32,
    now: Timestamp,
) -> Timestamp {
    let bound = |hours: Option<u32>| {
        let due = earlier_by(now, hours.unwrap_or(default_hours));
        // An order placed exactly that long ago is also due.
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
        /// However the period is changed, an order is found when it is due, even if it got the
        /// period that was changed five minutes before.
        #[test]
        fn every_due_order_is_found(
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
    fn old_expiry_periods_are_removed() {
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
