//! Comparison of a single payment or refund with the provider's.
//!
//! A list may be outdated, and so may our state that was read with it: a webhook may have been
//! processed in between. So our state is read first, and the provider's after that. The provider's
//! state can then only be newer, and any contradiction is real.

use builder_core::id::{PaymentId, RefundId};
use builder_core::payments::store::{self, RefundOutcome};
use builder_core::payments::{ObservedRefund, RefundStatus};
use builder_core::ports::payments::ProviderError;
use builder_core::reconciliation::{Difference, Finding, compare_payment, compare_refund};
use builder_store::aggregate::Owner;
use builder_store::error::{Error, Result};

use super::Run;
use crate::provider::CallError;
use crate::provider::sync;

/// The maximum number of comparisons of a payment or refund that changes concurrently.
const LOOKS: u32 = 4;

impl Run<'_> {
    /// Fixes the differences of a payment that can be fixed, and returns the others.
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

    /// Fixes the differences of a refund that can be fixed, and returns the others.
    pub(super) async fn examine_refund(&mut self, id: &str) -> Result<Vec<Finding>> {
        // The ID of our refund never changes.
        let first = match self.provider.query(|stripe| stripe.look_at_refund(id)).await {
            Ok(first) => first,
            Err(CallError::Provider(ProviderError::Unknown)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let refund = match (first.refund, first.payment) {
            (Some(refund), _) => refund,
            (None, Some(payment)) => match self.adopt(payment, &first.seen).await? {
                Some(refund) => refund,
                None => return self.made_elsewhere(payment, &first.seen).await,
            },
            (None, None) => return Ok(Vec::new()),
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

    /// Records a refund that was made at the provider, unless that was done before. `None` if it
    /// can't be recorded.
    async fn adopt(
        &mut self,
        payment: PaymentId,
        seen: &ObservedRefund,
    ) -> Result<Option<RefundId>> {
        let Some(ours) = known(store::find(self.table(), Owner::Any, payment).await)? else {
            return Ok(None);
        };
        let id = ours.state.id_of_provider_refund(&seen.id);
        if known(store::find_refund(self.table(), Owner::Any, id).await)?.is_some() {
            return Ok(Some(id));
        }
        let adopted = sync::note_provider_refund(self.work, payment, seen).await?;
        if adopted.is_some() {
            self.repaired(&seen.id);
        }
        Ok(adopted)
    }

    /// Returns the finding for a refund that was made at the provider and can't be recorded. If its
    /// payment is unknown here too, the payment is already a finding.
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

/// Turns [`Error::NotFound`] into `None`.
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
