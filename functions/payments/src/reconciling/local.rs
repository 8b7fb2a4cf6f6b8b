//! Reconciliation of our open payments, pending refunds and known differences.

use builder_core::id::{PaymentId, RefundId};
use builder_core::orders::OrderStatus;
use builder_core::payments::{RefundStatus, store as payments};
use builder_core::reconciliation::{
    Finding, Subject, over_since, store, stuck_payment, stuck_refund,
};
use builder_store::aggregate::Owner;
use builder_store::error::{Error, Result};
use jiff::{SignedDuration, Timestamp};

use super::{Page, Run};
use crate::provider::{send_refund, sync};

/// The minimum age: newer payments and refunds are left to the webhooks and the queue.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

impl Run<'_> {
    /// Processes a page of our open payments.
    pub(super) async fn open_payments(&mut self) -> Result<Page> {
        let page =
            store::open_payments(self.table(), self.patience_ends(), self.pass.after.as_deref())
                .await?;
        for payment in page.items {
            if self.is_late() {
                return Ok(Page::Unfinished);
            }
            let id = payment.state.id;
            let outcome = Box::pin(self.payment(id)).await;
            self.did(id.to_string(), outcome)?;
        }
        Ok(Page::Done(page.next))
    }

    /// Compares one of our payments with the provider's, and cancels it if its order has ended.
    async fn payment(&mut self, id: PaymentId) -> Result<()> {
        let mut payment = payments::find(self.table(), Owner::Any, id).await?;
        let mut agrees = true;
        if let Some(intent) = payment.state.intent.clone() {
            agrees = self.provider_payment(&intent, id).await?;
            payment = payments::find(self.table(), Owner::Any, id).await?;
        }
        let order = payments::order_of(self.table(), &payment).await?;
        // Overdue orders that are still pending are left to expire-orders.
        let over = over_since(&order.state, self.work.now())
            .is_some_and(|since| since <= self.patience_ends());
        let mut given_up = Ok(());
        if payment.state.is_live() && agrees && over && order.state.status != OrderStatus::Pending {
            given_up = Box::pin(sync::give_up(self.work, &self.provider, id)).await;
            payment = payments::find(self.table(), Owner::Any, id).await?;
            if !payment.state.is_live() {
                self.repaired(&id.to_string());
            }
        }
        let found: Vec<Finding> =
            stuck_payment(&payment.state, &order.state, self.work.now()).into_iter().collect();
        self.keep_findings(&Subject::Payment(id), &found).await?;
        given_up
    }

    /// Processes a page of our pending refunds.
    pub(super) async fn pending_refunds(&mut self) -> Result<Page> {
        let page =
            store::pending_refunds(self.table(), self.patience_ends(), self.pass.after.as_deref())
                .await?;
        for refund in page.items {
            if self.is_late() {
                return Ok(Page::Unfinished);
            }
            let id = refund.state.id;
            let outcome = Box::pin(self.refund(id)).await;
            self.did(id.to_string(), outcome)?;
        }
        Ok(Page::Done(page.next))
    }

    /// Creates one of our refunds at the provider, or updates it if the provider already has it.
    async fn refund(&mut self, id: RefundId) -> Result<()> {
        let before = payments::find_refund(self.table(), Owner::Any, id).await?;
        if before.state.status == RefundStatus::Pending {
            Box::pin(send_refund::refund(self.work, &self.provider, id)).await?;
        }
        let after = payments::find_refund(self.table(), Owner::Any, id).await?;
        if after.state.status != before.state.status {
            self.repaired(&id.to_string());
        }
        let found: Vec<Finding> = stuck_refund(&after.state, self.work.now()).into_iter().collect();
        self.keep_findings(&Subject::Refund(id), &found).await
    }

    /// Processes a page of the differences that were known before this pass: some may be resolved.
    pub(super) async fn differences(&mut self) -> Result<Page> {
        let page = store::open_differences(self.table(), self.pass.after.as_deref()).await?;
        for known in page.items {
            if self.is_late() {
                return Ok(Page::Unfinished);
            }
            let (subject, id) = (&known.state.subject, known.state.subject.to_string());
            if known.state.changed_at >= self.pass.began_at {
                self.pass.after = Some(id);
                continue;
            }
            let outcome = Box::pin(self.again(subject, &known.state.findings)).await;
            self.did(id, outcome)?;
        }
        Ok(Page::Done(page.next))
    }

    async fn again(&mut self, subject: &Subject, known: &[Finding]) -> Result<()> {
        match subject {
            Subject::ProviderPayment(intent) => {
                let ours = known.iter().find_map(|finding| finding.ours.as_ref()?.parse().ok());
                let payment =
                    ours.ok_or_else(|| Error::internal("a difference has no payment ID"))?;
                self.provider_payment(intent, payment).await.map(drop)
            }
            Subject::ProviderRefund(id) => self.provider_refund(id).await,
            Subject::Payment(id) => self.payment(*id).await,
            Subject::Refund(id) => self.refund(*id).await,
        }
    }

    fn patience_ends(&self) -> Timestamp {
        self.work.now().saturating_sub(PATIENCE).unwrap_or(Timestamp::MIN)
    }
}
