//! The job `settle-payments`: works off the payment queue, and keeps payments and refunds in step with the provider.
//!
//! A message only says what to look at. What is then found at the provider decides, so messages may come twice and in any order.

use builder_core::error::{Error, Result};
use builder_core::id::OrderId;
use builder_core::orders::store::{self as orders, Owner};
use builder_core::payments::store::RefundOutcome;
use builder_core::ports::payments::{Intent, KnownRefund, ProviderError};
use builder_runtime::{Fault, Function, Job, Message, Work};

use crate::news::News;
use crate::provider::{self, Provider};
use crate::{giving_back, settling};

/// The job.
#[must_use]
pub fn function() -> Function {
    Job::queue("settle-payments", settle_payments).into()
}

async fn settle_payments(work: Work, message: Message) -> Result<(), Fault> {
    let news: News = serde_json::from_str(&message.body)?;
    let provider = provider::provider(work.app(), work.table()).await?;
    match news {
        News::Payment { intent } => look(&work, &provider, &intent).await?,
        News::Refund { refund } => look_at_refund(&work, &provider, &refund).await?,
        News::Event(event) => match event.kind.as_str() {
            "refund.requested" => giving_back::refund(&work, &provider, event.aggregate_id.parse()?).await?,
            "order.cancelled" | "order.expired" => give_up(&work, &provider, event.aggregate_id.parse()?).await?,
            kind => tracing::info!(event = %event.id, kind, "nothing to do"),
        },
    }
    Ok(())
}

/// Takes note of a payment that the provider tells of.
async fn look(work: &Work, provider: &Provider<'_>, intent: &str) -> Result<()> {
    match provider.ask(|stripe| stripe.look(intent)).await? {
        Ok(Intent { payment: Some(payment), seen, .. }) => settling::note(work, payment, &seen).await.map(drop),
        Ok(_) | Err(ProviderError::Unknown) => {
            tracing::warn!(intent, "the provider tells of a payment that isn't ours");
            Ok(())
        }
        Err(error) => Err(Error::internal(error)),
    }
}

/// The order is given up: so is its payment. One that was quicker is noted, and goes back.
async fn give_up(work: &Work, provider: &Provider<'_>, order: OrderId) -> Result<()> {
    let order = orders::find(work.table(), Owner::Any, order).await?;
    let Some(payment) = order.state.payment_id else { return Ok(()) };
    settling::give_up(work, provider, payment).await
}

/// Takes note of a refund that the provider tells of.
async fn look_at_refund(work: &Work, provider: &Provider<'_>, refund: &str) -> Result<()> {
    match provider.ask(|stripe| stripe.look_at_refund(refund)).await? {
        Ok(KnownRefund { refund: Some(id), seen, .. }) => {
            settling::note_refund(work, id, &RefundOutcome::Seen(seen)).await.map(drop)
        }
        Ok(_) | Err(ProviderError::Unknown) => {
            tracing::warn!(refund, "the provider tells of a refund that isn't ours");
            Ok(())
        }
        Err(error) => Err(Error::internal(error)),
    }
}
