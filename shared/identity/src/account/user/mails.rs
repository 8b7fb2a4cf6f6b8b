//! Limits of mails to an account's address that anyone can request, from any number of networks.
//!
//! Each of these mails contains a link that is valid for at least [`PERIOD`]. When the limit is
//! reached, the mailbox therefore contains a valid link: exhausting the limit locks nobody out.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The period in which mails are counted, as a sliding window.
const PERIOD: SignedDuration = SignedDuration::from_hours(1);
/// The maximum number of mails per period that are requested from networks unknown to the owner's
/// account.
const MOST_FOR_STRANGERS: usize = 3;
/// The maximum number of mails per period that are requested from networks that the owner uses.
const MOST_FOR_OWNER: usize = 5;

/// When mails were requested in the last period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mails {
    /// From unknown networks.
    strangers: Vec<Timestamp>,
    /// From networks that the owner uses.
    owner: Vec<Timestamp>,
}

impl Mails {
    /// Returns whether another mail may be sent.
    pub(super) fn allow(&self, known_network: bool, now: Timestamp) -> bool {
        let (sent, most) = if known_network {
            (&self.owner, MOST_FOR_OWNER)
        } else {
            (&self.strangers, MOST_FOR_STRANGERS)
        };
        sent.iter().filter(|sent| is_recent(**sent, now)).count() < most
    }

    /// Counts a mail.
    pub(super) fn count(&mut self, known_network: bool, now: Timestamp) {
        for sent in [&mut self.strangers, &mut self.owner] {
            sent.retain(|sent| is_recent(*sent, now));
        }
        if known_network { &mut self.owner } else { &mut self.strangers }.push(now);
    }

    /// Returns whether no mails are recorded.
    pub(super) fn is_empty(&self) -> bool {
        self.strangers.is_empty() && self.owner.is_empty()
    }
}

fn is_recent(sent: Timestamp, now: Timestamp) -> bool {
    now.duration_since(sent) < PERIOD
}
