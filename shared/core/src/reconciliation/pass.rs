//! The progress of a pass over all objects. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The interval between the beginnings of passes: a day, minus the tolerance of a schedule.
const EVERY: SignedDuration = SignedDuration::from_mins(23 * 60 + 30);
/// Objects created this long before the previous pass began are compared again: fees are reported
/// late, and clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_hours(72);
/// The period that the first pass covers.
const FIRST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Refunds are compared for this much longer: a pending one fails after 45 days,
/// <https://support.stripe.com/questions/fix-your-pending-refund>, and a bank may return one weeks
/// after it succeeded, <https://docs.stripe.com/refunds#failed-refunds>.
const REFUNDS_LONGER: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The progress of a pass over all objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pass {
    /// When it began.
    pub began_at: Timestamp,
    /// Objects that were created at the provider since then are compared.
    pub since: Timestamp,
    /// The current stage.
    pub stage: Stage,
    /// The ID of the last processed object of the stage; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The stages of a pass, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// The provider's payments.
    ProviderPayments,
    /// The provider's refunds.
    ProviderRefunds,
    /// Our payments that have been open for more than a day.
    OpenPayments,
    /// Our refunds that have been pending for more than a day.
    PendingRefunds,
    /// The differences that were found earlier.
    Differences,
    /// The pass has ended.
    Done,
}

impl Pass {
    /// Creates a pass over objects created since then.
    #[must_use]
    pub fn since(since: Timestamp, now: Timestamp) -> Self {
        Self { began_at: now, since, stage: Stage::ProviderPayments, after: None }
    }

    /// Returns the pass to process now: the unfinished one, or the next one if it is due; `None`
    /// otherwise.
    #[must_use]
    pub fn due(last: Option<Self>, now: Timestamp) -> Option<Self> {
        match last {
            None => Some(Self::since(earlier(now, FIRST), now)),
            Some(last) if last.stage != Stage::Done => Some(last),
            Some(last) if now.duration_since(last.began_at) < EVERY => None,
            Some(last) => Some(Self::since(earlier(last.began_at, OVERLAP), now)),
        }
    }

    /// Returns since when objects are compared in the current stage.
    #[must_use]
    pub fn bound(&self) -> Timestamp {
        if self.stage == Stage::ProviderRefunds {
            earlier(self.since, REFUNDS_LONGER)
        } else {
            self.since
        }
    }

    /// Continues with the next stage.
    pub fn go_on(&mut self) {
        self.after = None;
        self.stage = match self.stage {
            Stage::ProviderPayments => Stage::ProviderRefunds,
            Stage::ProviderRefunds => Stage::OpenPayments,
            Stage::OpenPayments => Stage::PendingRefunds,
            Stage::PendingRefunds => Stage::Differences,
            Stage::Differences | Stage::Done => Stage::Done,
        };
    }
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
