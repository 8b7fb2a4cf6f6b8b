//! The job `issue-invoices`: processes the invoice queue, issues an invoice for each paid order and
//! a credit note for each refund, and voids the open invoice of an order that has ended.
//!
//! The state is read from the table, so messages may be delivered twice or late. The queue keeps
//! the order of messages that share a series, which avoids conflicts over the next number. Unique
//! and gapless numbers don't depend on it.

use builder_core::invoices::store::{self, Issuer};
use builder_core::keys::{INVOICE, ORDER, REFUND};
use builder_core::orders::store as orders;
use builder_identity::keys::USER;
use builder_runtime::{Fault, Function, Job, Message, Queue, Work};
use builder_store::aggregate::Owner;
use builder_store::error::{Error, Result};
use builder_store::event::Envelope;

use crate::issuer::{self, issuer};

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::queue("issue-invoices", Queue::new("InvoiceQueue"), issue_invoices),
        issuer::resources().timeout(30).get([INVOICE, REFUND]).batch_get([USER]).check([ORDER]),
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
