//! Verification of the audit trail, shared by `seal-audit` and `verify-audit`.

use std::time::Duration;

use builder_core::invoices::Invoice;
use builder_core::keys::AGGREGATES;
use builder_core::orders::Order;
use builder_core::payments::{Payment, Refund};
use builder_core::products::Product;
use builder_core::reconciliation::Reconciliation;
use builder_core::settings::Settings;
use builder_identity::account::user::User;
use builder_identity::sessions::session::Session;
use builder_runtime::{Fault, Work};
use builder_store::audit::Fold;
use builder_store::audit::heads::{HeadKey, Heads, SignedHead};
use builder_store::audit::verify::{self, Aggregates, Report};
use builder_store::feed::Head;

/// All aggregates; each state is compared with its events.
const ALL: Aggregates = Aggregates { keys: &AGGREGATES, folds: &FOLDS };
const FOLDS: [Fold; 9] = [
    Fold::of::<Invoice>(),
    Fold::of::<Order>(),
    Fold::of::<Payment>(),
    Fold::of::<Product>(),
    Fold::of::<Reconciliation>(),
    Fold::of::<Refund>(),
    Fold::of::<Session>(),
    Fold::of::<Settings>(),
    Fold::of::<User>(),
];
/// The time that is reserved for reporting how far a run came.
const RESERVE: Duration = Duration::from_secs(20);

/// The signed heads of the audit trail, and the key of their signatures.
pub(crate) struct Trail {
    pub(crate) heads: Heads,
    pub(crate) key: HeadKey,
    /// All heads; for those that can't be read, their names.
    pub(crate) known: Vec<Result<SignedHead, String>>,
}

impl Trail {
    /// Reads the signature key and all heads.
    pub(crate) async fn open(work: &Work) -> Result<Self, Fault> {
        let heads = Heads::new(work.app().aws().s3(), work.env().require("AUDIT_BUCKET")?);
        let key = HeadKey::derive(&work.app().secret("AUDIT_SECRET").await?)?;
        let known = heads.all().await?;
        Ok(Self { heads, key, known })
    }

    /// Returns the last head with a valid signature.
    pub(crate) fn last(&self) -> Option<&SignedHead> {
        self.known
            .iter()
            .flatten()
            .filter(|head| head.is_signed_by(&self.key))
            .max_by_key(|head| head.position)
    }

    /// Verifies the events after `from`, as far as time permits.
    pub(crate) async fn verify(&self, work: &Work, from: Head) -> Result<Report, Fault> {
        let report = verify::verify(work.table(), &self.known, &self.key, &ALL, from, || {
            work.remaining() > RESERVE
        })
        .await?;
        for fault in &report.faults {
            tracing::error!(
                position = fault.position,
                what = fault.what,
                "found a fault in the audit trail"
            );
        }
        Ok(report)
    }
}

/// Returns an error if faults were found, so that the run fails, the alarm is raised and an
/// operator sees them.
pub(crate) fn refuse_faults(report: &Report) -> Result<(), Fault> {
    if report.faults.is_empty() {
        return Ok(());
    }
    let faults: Vec<String> = report
        .faults
        .iter()
        .map(|fault| format!("at position {}: {}", fault.position, fault.what))
        .collect();
    Err(format!("{} faults in the audit trail: {}", faults.len(), faults.join("; ")).into())
}
