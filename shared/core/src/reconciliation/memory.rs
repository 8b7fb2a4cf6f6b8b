//! The known differences of one object, and their events. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Subject};
use crate::keys;

/// The differences between an object here and at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    /// The compared object.
    pub subject: Subject,
    /// The differences; empty if they are resolved.
    pub findings: Vec<Finding>,
    /// When they last changed.
    pub changed_at: Timestamp,
}

/// The events of a reconciliation. `at` is when the difference was detected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of `Reconciliation`")]
pub enum ReconciliationEvent {
    /// A difference was found or has changed.
    #[serde(rename = "reconciliation.differed")]
    Differed { subject: Subject, finding: Finding, at: Timestamp },
    /// A difference of this kind no longer exists.
    #[serde(rename = "reconciliation.resolved")]
    Resolved { kind: String, at: Timestamp },
}

impl Aggregate for Reconciliation {
    type Event = ReconciliationEvent;

    const KIND: &'static str = "reconciliation";

    fn apply(state: Option<Self>, event: &ReconciliationEvent) -> Option<Self> {
        match (state, event.clone()) {
            (None, ReconciliationEvent::Differed { subject, finding, at }) => {
                Some(Self { subject, findings: vec![finding], changed_at: at })
            }
            (Some(mut known), ReconciliationEvent::Differed { finding, at, .. }) => {
                known.findings.retain(|other| other.difference.kind() != finding.difference.kind());
                known.findings.push(finding);
                Some(Self { changed_at: at, ..known })
            }
            (Some(mut known), ReconciliationEvent::Resolved { kind, at }) => {
                known.findings.retain(|finding| finding.difference.kind() != kind);
                Some(Self { changed_at: at, ..known })
            }
            (None, ReconciliationEvent::Resolved { .. }) => None,
        }
    }

    fn id(&self) -> String {
        self.subject.to_string()
    }

    fn listed(&self) -> Listed {
        let id = self.id().bytes().fold(0, |sum, byte| sum + u128::from(byte));
        let open = !self.findings.is_empty();
        let by_status = open.then(|| keys::sharded(&keys::open_differences(), id));
        Listed { by_status, ..Listed::default() }
    }
}

impl Reconciliation {
    /// Returns the events for changes of the known differences; empty if there are none.
    #[must_use]
    pub fn find(
        known: Option<&Self>,
        subject: &Subject,
        found: &[Finding],
        at: Timestamp,
    ) -> Vec<ReconciliationEvent> {
        let before = known.map_or(&[][..], |known| &known.findings);
        let differed = found.iter().filter(|finding| !before.contains(finding));
        let differed = differed.map(|finding| ReconciliationEvent::Differed {
            subject: subject.clone(),
            finding: finding.clone(),
            at,
        });
        let is_gone = |kind: &str| found.iter().all(|finding| finding.difference.kind() != kind);
        let gone =
            before.iter().map(|finding| finding.difference.kind()).filter(|kind| is_gone(kind));
        let resolved = gone.map(|kind| ReconciliationEvent::Resolved { kind: kind.to_owned(), at });
        differed.chain(resolved).collect()
    }
}
