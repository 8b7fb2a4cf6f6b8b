//! How far a pass over everything has come. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A pass begins so long after the one before: a day, less what a schedule may be early.
const EVERY: SignedDuration = SignedDuration::from_mins(23 * 60 + 30);
/// What was made so long before the pass before began is compared again: fees come late, and
/// clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_hours(72);
/// How far back the first pass looks.
const FIRST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Refunds are compared for so much longer: one that is pending fails after 45 days,
/// <https://support.stripe.com/questions/fix-your-pending-refund>, and a bank may send one back
/// weeks after it succeeded, <https://docs.stripe.com/refunds#failed-refunds>.
const REFUNDS_LONGER: SignedDuration = SignedDuration::from_hours(60 * 24);

/// A pass over everything, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pass {
    /// When it began.
    pub began_at: Timestamp,
    /// What the provider has made since then is compared.
    pub since: Timestamp,
    /// What it goes over now.
    pub stage: Stage,
    /// The last of these that is done, by its id; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What a pass goes over, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// The provider's payments.
    ProviderPayments,
    /// The provider's refunds.
    ProviderRefunds,
    /// Our payments that are open for longer than a day.
    OpenPayments,
    /// Our refunds that are on their way for longer than a day.
    PendingRefunds,
    /// The differences that were found earlier.
    Differences,
    /// Nothing: it is over.
    Done,
}

impl Pass {
    /// A pass over what was made since then.
    #[must_use]
    pub fn since(since: Timestamp, now: Timestamp) -> Self {
        Self { began_at: now, since, stage: Stage::ProviderPayments, after: None }
    }

    /// What is to be done now: the pass that isn't over, or the next one if it is time; `None` if
    /// it isn't.
    #[must_use]
    pub fn due(last: Option<Self>, now: Timestamp) -> Option<Self> {
        match last {
            None => Some(Self::since(earlier(now, FIRST), now)),
            Some(last) if last.stage != Stage::Done => Some(last),
            Some(last) if now.duration_since(last.began_at) < EVERY => None,
            Some(last) => Some(Self::since(earlier(last.began_at, OVERLAP), now)),
        }
    }

    /// What is made since then is compared in the present stage.
    #[must_use]
    pub fn bound(&self) -> Timestamp {
        if self.stage == Stage::ProviderRefunds {
            earlier(self.since, REFUNDS_LONGER)
        } else {
            self.since
        }
    }

    /// Goes on to the next stage.
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
