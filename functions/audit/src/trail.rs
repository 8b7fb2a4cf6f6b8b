//! What the two jobs that check the trail have in common.

use std::time::Duration;

use builder_core::invoices::Invoice;
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
use builder_store::audit::verify::{self, Report};
use builder_store::feed::Head;

/// The kinds of aggregates whose states are compared with their events: all there are.
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
/// Kept back so that a run can tell how far it came.
const RESERVE: Duration = Duration::from_secs(20);

/// The trail as a job gets at it.
pub(crate) struct Trail {
    pub(crate) heads: Heads,
    pub(crate) key: HeadKey,
    /// The heads there are, those that can't be read by their names.
    pub(crate) known: Vec<Result<SignedHead, String>>,
}

impl Trail {
    /// Opens it: the signature's key and all heads.
    pub(crate) async fn open(work: &Work) -> Result<Self, Fault> {
        let heads = Heads::new(work.app().aws().s3(), work.env().require("AUDIT_BUCKET")?);
        let key = HeadKey::derive(&work.app().secret("AUDIT_SECRET").await?)?;
        let known = heads.all().await?;
        Ok(Self { heads, key, known })
    }

    /// The last head with a good signature.
    pub(crate) fn last(&self) -> Option<&SignedHead> {
        self.known
            .iter()
            .flatten()
            .filter(|head| head.is_signed_by(&self.key))
            .max_by_key(|head| head.position)
    }

    /// Checks what comes after `from`, as long as there is time.
    pub(crate) async fn verify(&self, work: &Work, from: Head) -> Result<Report, Fault> {
        let report = verify::verify(work.table(), &self.known, &self.key, &FOLDS, from, || {
            work.remaining() > RESERVE
        })
        .await?;
        for fault in &report.faults {
            tracing::error!(
                position = fault.position,
                what = fault.what,
                "the audit trail is not as it was written"
            );
        }
        Ok(report)
    }
}

/// Fails the run when something was found, so that the alarm rings and whoever started it sees it.
pub(crate) fn refuse_faults(report: &Report) -> Result<(), Fault> {
    if report.faults.is_empty() {
        return Ok(());
    }
    let faults: Vec<String> = report
        .faults
        .iter()
        .map(|fault| format!("at {}: {}", fault.position, fault.what))
        .collect();
    Err(format!("{} faults in the audit trail: {}", faults.len(), faults.join("; ")).into())
}
