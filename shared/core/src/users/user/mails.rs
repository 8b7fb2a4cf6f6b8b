//! How many mails somebody may have sent to an account's address: asking for them is open to anybody.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// At most one mail in this time.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// At most so many in [`PERIOD`].
const MOST: u32 = 10;
/// The period they are counted in.
const PERIOD: SignedDuration = SignedDuration::from_hours(24);

/// How many mails of one kind were asked for since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mails {
    since: Timestamp,
    last: Timestamp,
    count: u32,
}

impl Mails {
    /// The same with one more.
    pub(super) fn with_one_more(mails: Option<Self>, now: Timestamp) -> Self {
        let (since, count) = Self::lately(mails, now).map_or((now, 0), |mails| (mails.since, mails.count));
        Self { since, last: now, count: count + 1 }
    }

    /// Whether the last one was sent a moment ago.
    pub(super) fn just_sent(mails: Option<Self>, now: Timestamp) -> bool {
        mails.is_some_and(|mails| now.duration_since(mails.last) < PAUSE)
    }

    /// Whether all have been sent that may be for now.
    pub(super) fn used_up(mails: Option<Self>, now: Timestamp) -> bool {
        Self::lately(mails, now).is_some_and(|mails| mails.count >= MOST)
    }

    fn lately(mails: Option<Self>, now: Timestamp) -> Option<Self> {
        mails.filter(|mails| now.duration_since(mails.since) < PERIOD)
    }
}
