//! Reconciliation of the provider's payments and refunds.

use builder_core::id::{PaymentId, RefundId};
use builder_core::payments::store;
use builder_core::reconciliation::{Subject, compare_payment, compare_refund};
use builder_store::error::{Error, Result};

use super::{Page, Run};
use crate::provider::CallError;

impl Run<'_> {
    /// Processes a page of the provider's payments. Those that agree cost a single read.
    pub(super) async fn provider_payments(&mut self) -> Result<Page> {
        let (since, after) = (self.pass.bound(), self.pass.after.clone());
        let page =
            self.provider.query(|stripe| stripe.payments_since(since, after.as_deref())).await;
        let page = page.map_err(|error| self.lost(error))?;
        let ids: Vec<PaymentId> = page.items.iter().filter_map(|intent| intent.payment).collect();
        let ours = store::find_many_any_owner(self.table(), &ids).await?;
        for intent in page.items {
            if self.is_late() {
                return Ok(Page::Unfinished);
            }
            let id = intent.seen.intent.clone();
            let Some(payment) = intent.payment else {
                self.stats.foreign += 1;
                self.did(id, Ok(()))?;
                continue;
            };
            let compared = ours
                .get(&payment)
                .map(|ours| compare_payment(&ours.state, &intent.seen, self.work.now()));
            let agrees = matches!(compared, Some(Ok(compared)) if compared.agrees());
            let outcome = if agrees {
                Ok(())
            } else {
                Box::pin(self.provider_payment(&id, payment)).await.map(drop)
            };
            self.did(id, outcome)?;
        }
        Ok(Page::Done(page.next))
    }

    /// Examines one of the provider's payments, whose metadata names `payment` as ours. Returns
    /// whether they agree.
    pub(super) async fn provider_payment(
        &mut self,
        intent: &str,
        payment: PaymentId,
    ) -> Result<bool> {
        let found = self.examine_payment(intent, payment).await?;
        self.keep_findings(&Subject::ProviderPayment(intent.to_owned()), &found).await?;
        Ok(found.is_empty())
    }

    /// Processes a page of the provider's refunds.
    pub(super) async fn provider_refunds(&mut self) -> Result<Page> {
        let (since, after) = (self.pass.bound(), self.pass.after.clone());
        let page =
            self.provider.query(|stripe| stripe.refunds_since(since, after.as_deref())).await;
        let page = page.map_err(|error| self.lost(error))?;
        let ids: Vec<RefundId> = page.items.iter().filter_map(|refund| refund.refund).collect();
        let ours = store::find_many_refunds_any_owner(self.table(), &ids).await?;
        for refund in page.items {
            if self.is_late() {
                return Ok(Page::Unfinished);
            }
            let id = refund.seen.id.clone();
            if refund.refund.is_none() && refund.payment.is_none() {
                self.stats.foreign += 1;
                self.did(id, Ok(()))?;
                continue;
            }
            let ours = refund.refund.and_then(|refund| ours.get(&refund));
            let compared =
                ours.map(|ours| compare_refund(&ours.state, &refund.seen, self.work.now()));
            let agrees = matches!(compared, Some(Ok(compared)) if compared.agrees());
            let outcome = if agrees { Ok(()) } else { Box::pin(self.provider_refund(&id)).await };
            self.did(id, outcome)?;
        }
        Ok(Page::Done(page.next))
    }

    /// Examines one of the provider's refunds.
    pub(super) async fn provider_refund(&mut self, id: &str) -> Result<()> {
        let found = self.examine_refund(id).await?;
        self.keep_findings(&Subject::ProviderRefund(id.to_owned()), &found).await
    }

    /// If the provider rejects the position in the list, for example because its account was
    /// replaced, the next run starts the list again.
    fn lost(&mut self, error: CallError) -> Error {
        if matches!(error, CallError::Provider(_)) {
            self.pass.after = None;
        }
        error.into()
    }
}
