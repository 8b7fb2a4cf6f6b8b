//! The sliding window, in two buckets.
//!
//! The count of the past window weighs as much as the sliding window still covers of it. Within one
//! window, with nothing before it, the count is exact under any concurrency, since the store does
//! the adding.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::StatusCode;
use jiff::Timestamp;

use crate::response::problem::Problem;

/// How many callers an instance remembers as blocked.
const REMEMBERED: usize = 10_000;

/// So many requests in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// What is counted: `caller` or `ip`.
    pub name: &'static str,
    /// How many requests.
    pub quota: i64,
    /// In how many seconds.
    pub seconds: i64,
}

/// Where a count stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RateLimitStatus {
    /// Whether the request just counted is within the limit.
    pub allowed: bool,
    /// How many more are.
    pub remaining: i64,
    /// Seconds until there are more: the window's end, or for a refused caller when one more may
    /// pass.
    pub reset: i64,
}

impl Limit {
    /// The number of the window that `now` is in.
    pub(crate) fn window(&self, now: Timestamp) -> i64 {
        now.as_second().div_euclid(self.seconds)
    }

    /// What a past window counts for at most: refused requests don't extend the penalty.
    pub(crate) fn capped(&self, count: i64) -> i64 {
        count.min(self.quota)
    }

    /// When a guard last used in `window` may be forgotten, in seconds since 1970: after the next
    /// window.
    pub(crate) fn expiry(&self, window: i64) -> i64 {
        (window + 2) * self.seconds + 3600
    }

    /// Where the count stands with `previous` requests in the window before and `current` in this
    /// one, this request included. Computed in milliseconds and whole numbers.
    pub(crate) fn standing(
        &self,
        previous: i64,
        current: i64,
        window: i64,
        now: Timestamp,
    ) -> RateLimitStatus {
        let length = self.seconds * 1000;
        let elapsed = (now.as_millisecond() - window * length).clamp(0, length);
        let weighed = (previous * (length - elapsed)).div_ceil_positive(length);
        let remaining = self.quota - weighed - current;
        let reset_ms = if remaining >= 0 {
            length - elapsed
        } else {
            self.wait(previous, current, elapsed, length)
        };
        RateLimitStatus {
            allowed: remaining >= 0,
            remaining: remaining.max(0),
            reset: reset_ms.div_ceil_positive(1000).max(1),
        }
    }

    /// Milliseconds until one more request may pass.
    fn wait(&self, previous: i64, current: i64, elapsed: i64, length: i64) -> i64 {
        let room = self.quota - self.capped(current) - 1;
        if room >= 0 && previous > 0 {
            // Still in this window: when the past one weighs no more than the room that is left.
            let at = length - (room * length) / previous;
            if at > elapsed && at <= length {
                return at - elapsed;
            }
        }
        // In the next window, when this one has slid out by one request.
        let counted = self.capped(current).max(1);
        let slide = length - ((self.quota - 1) * length) / counted;
        length - elapsed + slide.max(0)
    }

    /// The answer to a caller past its limit.
    pub(crate) fn exceeded(&self, count: &RateLimitStatus) -> Problem {
        let detail = format!(
            "At most {} requests in {} seconds are allowed. Try again in {} seconds.",
            self.quota, self.seconds, count.reset
        );
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "quota-exceeded", detail)
            .header("retry-after", count.reset.to_string())
    }

    /// The `RateLimit-Policy` header (draft-ietf-httpapi-ratelimit-headers).
    pub(crate) fn policy(&self) -> String {
        format!("\"{}\";q={};w={}", self.name, self.quota, self.seconds)
    }

    /// The `RateLimit` header.
    pub(crate) fn header(&self, count: &RateLimitStatus) -> String {
        format!("\"{}\";r={};t={}", self.name, count.remaining, count.reset)
    }
}

/// Division that rounds up, for numbers that aren't negative.
trait DivCeil {
    fn div_ceil_positive(self, by: Self) -> Self;
}
impl DivCeil for i64 {
    fn div_ceil_positive(self, by: Self) -> Self {
        (self + by - 1) / by
    }
}

/// Callers this instance knows to be past their limit: refused without another write.
#[derive(Debug, Default)]
pub(crate) struct Blocked(Mutex<HashMap<String, i64>>);

impl Blocked {
    /// Remembers `who` until `until`, in milliseconds since 1970.
    pub(crate) fn insert(&self, who: String, until: i64, now: i64) {
        let mut blocked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if blocked.len() >= REMEMBERED {
            blocked.retain(|_, until| *until > now);
        }
        if blocked.len() < REMEMBERED {
            blocked.insert(who, until);
        }
    }

    /// How many seconds `who` is still blocked, if it is.
    pub(crate) fn seconds(&self, who: &str, now: i64) -> Option<i64> {
        let mut blocked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = blocked.get(who)? - now;
        if left <= 0 {
            blocked.remove(who);
            return None;
        }
        Some(left.div_ceil_positive(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { name: "caller", quota: 1000, seconds: 3600 };

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(10 * 3_600_000 + milliseconds).unwrap()
    }

    #[test]
    fn a_fresh_window_lets_exactly_the_quota_pass() {
        let allowed =
            (1..=1500).filter(|current| LIMIT.standing(0, *current, 10, at(0)).allowed).count();
        assert_eq!(allowed, 1000);
    }

    #[test]
    fn the_past_window_weighs_what_is_still_covered() {
        assert!(!LIMIT.standing(1000, 1, 10, at(0)).allowed, "nothing has slid out yet");
        assert!(LIMIT.standing(1000, 500, 10, at(1_800_000)).allowed);
        assert!(!LIMIT.standing(1000, 501, 10, at(1_800_000)).allowed);
        assert!(LIMIT.standing(1000, 1000, 10, at(3_600_000)).allowed);
    }

    #[test]
    fn after_the_told_wait_one_more_request_passes() {
        for (previous, current, elapsed) in [
            (0, 1001, 0),
            (1000, 1, 0),
            (1000, 501, 1_800_000),
            (300, 900, 600_000),
            (0, 5000, 3_599_999),
        ] {
            let standing = LIMIT.standing(previous, current, 10, at(elapsed));
            assert!(!standing.allowed);
            let later = elapsed + standing.reset * 1000;
            let passes = if later < 3_600_000 {
                LIMIT.standing(previous, LIMIT.capped(current), 10, at(later)).allowed
                    || LIMIT.standing(previous, current, 10, at(later)).allowed
            } else {
                LIMIT.standing(LIMIT.capped(current), 1, 11, at(later)).allowed
            };
            assert!(passes, "{previous} {current} {elapsed} {standing:?}");
        }
    }
}
