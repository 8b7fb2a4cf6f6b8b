//! What was found at one thing, and what can happen to that. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Subject};
use crate::keys;

/// What stands between one thing here and at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    /// What was compared.
    pub subject: Subject,
    /// What differs. Empty: nothing any more.
    pub findings: Vec<Finding>,
    /// When that changed last.
    pub changed_at: Timestamp,
}

/// What can happen to it. `at` is when it was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of `Reconciliation`")]
pub enum ReconciliationEvent {
    /// Something differs, or differs otherwise than before.
    #[serde(rename = "reconciliation.differed")]
    Differed { subject: Subject, finding: Finding, at: Timestamp },
    /// A difference of this kind is gone.
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
    /// What of that which was found is news. Nothing, when it was known.
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
