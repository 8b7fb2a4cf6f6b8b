//! The job `issue-invoices`: processes the invoice queue, issues an invoice for each paid order and
//! a credit note for each refund, and voids the open invoice of an order that has ended.
//!
//! The state is read from the table, so messages may be delivered twice or late. The queue keeps
//! the order of messages that share a series, which avoids conflicts over the next number. Unique
//! and gapless numbers don't depend on it.

use builder_core::invoices::store::{self, Issuer};
use builder_core::keys::{INVOICE, LEDGER, ORDER, REFUND, SERIES};
use builder_core::orders::store as orders;
use builder_identity::keys::{SETTINGS, USER};
use builder_runtime::{Fault, Function, Job, Message, Queue, Resources, Work};
use builder_store::aggregate::Owner;
use builder_store::error::{Error, Result};
use builder_store::event::Envelope;

use crate::issuer::issuer;

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::queue("issue-invoices", Queue::new("InvoiceQueue"), issue_invoices),
        Resources::new()
            .timeout(30)
            .variables(["PUBLIC_URL"])
            .get([INVOICE, ORDER, REFUND, SERIES, SETTINGS])
            .batch_get([USER])
            .check([ORDER])
            .put([INVOICE, ORDER])
            .update([LEDGER, SERIES]),
    )
}

async fn issue_invoices(work: Work, message: Message) -> Result<(), Fault> {
    let event: Envelope = serde_json::from_str(&message.body)?;
    let issuer = issuer(work.table(), work.env()).await?;
    Ok(Box::pin(work.retry_on_conflict(|| attempt(&work, &issuer, &event))).await?)
}

async fn attempt(work: &Work, issuer: &Issuer, event: &Envelope) -> Result<()> {
    let (table, context) = (work.table(), &work.context());
    match event.kind.as_str() {
        "order.paid" => {
            let order = orders::find(
                table,
                Owner::Any,
                event.aggregate_id.parse().map_err(Error::internal)?,
            )
            .await?;
            Box::pin(store::note_payment(table, context, issuer, &order)).await
        }
        "order.cancelled" | "order.expired" | "order.failed" => {
            let order = orders::find(
                table,
                Owner::Any,
                event.aggregate_id.parse().map_err(Error::internal)?,
            )
            .await?;
            Box::pin(store::note_cancellation(table, context, issuer, &order)).await
        }
        "refund.succeeded" | "refund.failed" => {
            let refund =
                store::refund(table, event.aggregate_id.parse().map_err(Error::internal)?).await?;
            Box::pin(store::note_refund(table, context, issuer, &refund)).await
        }
        kind => {
            tracing::info!(event = %event.id, kind, "nothing to do");
            Ok(())
        }
    }
}
