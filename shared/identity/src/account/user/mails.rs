//! How many mails may be sent to an account's address because somebody asked for them: anybody can
//! ask, from any number of networks.
//!
//! Each of these mails carries a link, and no link lives shorter than [`PERIOD`]. So whenever the
//! limit is reached, a link that is good is in the mailbox: whoever uses the limit up keeps nobody
//! out.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The period that mails are counted in. It moves along with the time.
const PERIOD: SignedDuration = SignedDuration::from_hours(1);
/// The most mails in a period that are asked for from networks which the owner isn't known to use.
const MOST_FOR_STRANGERS: usize = 3;
/// The most mails in a period that are asked for from networks which the owner is known to use.
const MOST_FOR_OWNER: usize = 5;

/// When mails were asked for, in the last period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mails {
    /// From any network.
    strangers: Vec<Timestamp>,
    /// From a network that the owner is known to use.
    owner: Vec<Timestamp>,
}

impl Mails {
    /// Whether another mail may be sent.
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

    /// Whether none has been asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.strangers.is_empty() && self.owner.is_empty()
    }
}

fn is_recent(sent: Timestamp, now: Timestamp) -> bool {
    now.duration_since(sent) < PERIOD
}
