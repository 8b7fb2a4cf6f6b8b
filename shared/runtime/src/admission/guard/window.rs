//! The sliding window, in two buckets.
//!
//! The count of the past window is weighted by the part of it that the sliding window still covers.
//! Within one window, without an earlier one, the count is exact under any concurrency, because the
//! store increments it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::StatusCode;
use jiff::Timestamp;

use crate::response::problem::Problem;

/// The maximum number of blocked callers that an instance stores.
const REMEMBERED: usize = 10_000;

/// A limit of requests per period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// What is counted: `caller` or `ip`.
    pub name: &'static str,
    /// The maximum number of requests.
    pub quota: i64,
    /// The period, in seconds.
    pub seconds: i64,
}

/// The state of a count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RateLimitStatus {
    /// Whether the counted request is within the limit.
    pub allowed: bool,
    /// The number of remaining requests.
    pub remaining: i64,
    /// Seconds until more requests are allowed: the window's end, or for a refused caller the time
    /// until the next allowed request.
    pub reset: i64,
}

impl Limit {
    /// Returns the number of the window that contains `now`.
    pub(crate) fn window(&self, now: Timestamp) -> i64 {
        now.as_second().div_euclid(self.seconds)
    }

    /// Returns the count of a past window, capped: refused requests don't extend the penalty.
    pub(crate) fn capped(&self, count: i64) -> i64 {
        count.min(self.quota)
    }

    /// Returns when a guard that was last used in `window` expires, in seconds since 1970: after
    /// the next window.
    pub(crate) fn expiry(&self, window: i64) -> i64 {
        (window + 2) * self.seconds + 3600
    }

    /// Computes the state of the count with `previous` requests in the window before and `current`
    /// in this one, including this request. It uses integer arithmetic in milliseconds.
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

    /// Returns the milliseconds until another request is allowed.
    fn wait(&self, previous: i64, current: i64, elapsed: i64, length: i64) -> i64 {
        let room = self.quota - self.capped(current) - 1;
        if room >= 0 && previous > 0 {
            // In this window: when the weight of the past one leaves room for one request.
            let at = length - (room * length) / previous;
            if at > elapsed && at <= length {
                return at - elapsed;
            }
        }
        // In the next window, when this one's weight has decreased by one request.
        let counted = self.capped(current).max(1);
        let slide = length - ((self.quota - 1) * length) / counted;
        length - elapsed + slide.max(0)
    }

    /// Returns the problem for a caller that has exceeded its limit.
    pub(crate) fn exceeded(&self, count: &RateLimitStatus) -> Problem {
        let detail = format!(
            "At most {} requests in {} seconds are allowed. Try again in {} seconds.",
            self.quota, self.seconds, count.reset
        );
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "quota-exceeded", detail)
            .header("retry-after", count.reset.to_string())
    }

    /// Returns the `RateLimit-Policy` header (draft-ietf-httpapi-ratelimit-headers).
    pub(crate) fn policy(&self) -> String {
        format!("\"{}\";q={};w={}", self.name, self.quota, self.seconds)
    }

    /// Returns the `RateLimit` header.
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

/// Callers that have exceeded their limit, which this instance refuses without another write.
#[derive(Debug, Default)]
pub(crate) struct Blocked(Mutex<HashMap<String, i64>>);

impl Blocked {
    /// Blocks `who` until `until`, in milliseconds since 1970.
    pub(crate) fn insert(&self, who: String, until: i64, now: i64) {
        let mut blocked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if blocked.len() >= REMEMBERED {
            blocked.retain(|_, until| *until > now);
        }
        if blocked.len() < REMEMBERED {
            blocked.insert(who, until);
        }
    }

    /// Returns the number of seconds for which `who` is still blocked, if it is.
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
