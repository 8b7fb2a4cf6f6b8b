//! A close look at one thing at the provider.
//!
//! A list is a moment old, and so is what was read with it: a webhook may have been worked off in
//! between. So ours is read first and the provider is asked after that. What is there can then only
//! be newer, and a contradiction is one.

use builder_core::id::PaymentId;
use builder_core::payments::store::{self, RefundOutcome};
use builder_core::payments::{ObservedRefund, RefundStatus};
use builder_core::ports::payments::ProviderError;
use builder_core::reconciliation::{Difference, Finding, compare_payment, compare_refund};
use builder_store::aggregate::Owner;
use builder_store::error::{Error, Result};

use super::Run;
use crate::provider::CallError;
use crate::provider::sync;

/// How often a thing is looked at that changes meanwhile.
const LOOKS: u32 = 4;

impl Run<'_> {
    /// Fixes what can be fixed at a payment, and gives what can't.
    pub(super) async fn examine_payment(
        &mut self,
        intent: &str,
        payment: PaymentId,
    ) -> Result<Vec<Finding>> {
        for _ in 0..LOOKS {
            let ours = known(store::find(self.table(), Owner::Any, payment).await)?;
            let theirs = match self.provider.query(|stripe| stripe.look(intent)).await {
                Ok(theirs) => theirs.seen,
                Err(CallError::Provider(ProviderError::Unknown)) => {
                    return Ok(ours
                        .into_iter()
                        .map(|_| finding(payment, Difference::UnknownThere))
                        .collect());
                }
                Err(error) => return Err(error.into()),
            };
            let Some(ours) = ours else {
                return Ok(vec![finding(
                    payment,
                    Difference::UnknownHere { amount: theirs.amount },
                )]);
            };
            let compared = compare_payment(&ours.state, &theirs, self.work.now())?;
            if !compared.news {
                return Ok(compared.findings);
            }
            if sync::note(self.work, payment, &theirs).await? {
                self.repaired(intent);
            }
        }
        Err(Error::VersionConflict)
    }

    /// Fixes what can be fixed at a refund, and gives what can't.
    pub(super) async fn examine_refund(&mut self, id: &str) -> Result<Vec<Finding>> {
        // Which of ours it is never changes.
        let first = match self.provider.query(|stripe| stripe.look_at_refund(id)).await {
            Ok(first) => first,
            Err(CallError::Provider(ProviderError::Unknown)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let Some(refund) = first.refund else {
            return match first.payment {
                Some(payment) => self.made_elsewhere(payment, &first.seen).await,
                None => Ok(Vec::new()),
            };
        };
        for _ in 0..LOOKS {
            let Some(ours) = known(store::find_refund(self.table(), Owner::Any, refund).await)?
            else {
                return Ok(vec![finding(
                    refund,
                    Difference::UnknownHere { amount: first.seen.amount },
                )]);
            };
            let theirs = self.provider.query(|stripe| stripe.look_at_refund(id)).await?.seen;
            let compared = compare_refund(&ours.state, &theirs, self.work.now())?;
            if !compared.news {
                return Ok(compared.findings);
            }
            if sync::note_refund(self.work, refund, &RefundOutcome::Seen(theirs)).await? {
                self.repaired(id);
            }
        }
        Err(Error::VersionConflict)
    }

    /// A refund that nobody here has asked for. Of a payment that isn't here either, that payment
    /// is the finding.
    async fn made_elsewhere(
        &self,
        payment: PaymentId,
        seen: &ObservedRefund,
    ) -> Result<Vec<Finding>> {
        let ours = known(store::find(self.table(), Owner::Any, payment).await)?;
        let moved = seen.status != RefundStatus::Failed;
        let found = ours
            .filter(|_| moved)
            .map(|_| finding(payment, Difference::MadeElsewhere { amount: seen.amount }));
        Ok(found.into_iter().collect())
    }
}

/// What was read, or that there is no such thing.
fn known<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn finding(ours: impl ToString, difference: Difference) -> Finding {
    Finding { ours: Some(ours.to_string()), difference }
}
