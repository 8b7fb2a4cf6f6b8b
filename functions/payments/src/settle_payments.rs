//! The job `settle-payments`: processes the payment queue, and synchronizes payments and refunds
//! with the provider.
//!
//! A message only says what to retrieve. The state at the provider decides, so messages may be
//! delivered twice and in any order.

use builder_core::id::{OrderId, PaymentId};
use builder_core::keys::{ORDER, PAYMENT, REFUND};
use builder_core::orders::store as orders;
use builder_core::payments::ObservedRefund;
use builder_core::payments::store::RefundOutcome;
use builder_core::ports::payments::{Intent, KnownRefund, ProviderError};
use builder_runtime::{Fault, Function, Job, Message, Queue, Work};
use builder_store::aggregate::Owner;
use builder_store::error::{Error, Result};

use crate::provider::message::PaymentMessage;
use crate::provider::{self, CallError, Provider};
use crate::provider::{send_refund, sync};

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::queue(
            "settle-payments",
            // Stays below Stripe's rate limit for an account.
            Queue::new("PaymentQueue").concurrency(10),
            settle_payments,
        ),
        provider::resources()
            .and(sync::resources())
            .timeout(30)
            .get([REFUND])
            .batch_get([ORDER, PAYMENT, REFUND]),
    )
}

async fn settle_payments(work: Work, message: Message) -> Result<(), Fault> {
    let news: PaymentMessage = serde_json::from_str(&message.body)?;
    let provider = provider::provider(work.app(), work.table()).await?;
    match news {
        PaymentMessage::Payment { intent } => look(&work, &provider, &intent).await?,
        PaymentMessage::Refund { refund } => look_at_refund(&work, &provider, &refund).await?,
        PaymentMessage::Event(event) => match event.kind.as_str() {
            "refund.requested" => {
                send_refund::refund(&work, &provider, event.aggregate_id.parse()?).await?
            }
            "order.cancelled" | "order.expired" => {
                give_up(&work, &provider, event.aggregate_id.parse()?).await?
            }
            kind => tracing::info!(event = %event.id, kind, "nothing to do"),
        },
    }
    Ok(())
}

/// Records a payment that the provider reports.
async fn look(work: &Work, provider: &Provider<'_>, intent: &str) -> Result<()> {
    match provider.query(|stripe| stripe.look(intent)).await {
        Ok(Intent { payment: Some(payment), seen, .. }) => {
            sync::note(work, payment, &seen).await.map(drop)
        }
        Ok(_) | Err(CallError::Provider(ProviderError::Unknown)) => {
            tracing::warn!(intent, "the payment provider reported a payment that isn't ours");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Cancels the payment of an order that has ended. If the payment succeeded first, it is refunded.
async fn give_up(work: &Work, provider: &Provider<'_>, order: OrderId) -> Result<()> {
    let order = orders::find(work.table(), Owner::Any, order).await?;
    let Some(payment) = order.state.payment_id else { return Ok(()) };
    sync::give_up(work, provider, payment).await
}

/// Records a refund that the provider reports.
async fn look_at_refund(work: &Work, provider: &Provider<'_>, refund: &str) -> Result<()> {
    match provider.query(|stripe| stripe.look_at_refund(refund)).await {
        Ok(KnownRefund { refund: Some(id), seen, .. }) => {
            sync::note_refund(work, id, &RefundOutcome::Seen(seen)).await.map(drop)
        }
        Ok(KnownRefund { refund: None, payment: Some(payment), seen, .. }) => {
            note_provider_refund(work, payment, refund, &seen).await
        }
        Ok(_) | Err(CallError::Provider(ProviderError::Unknown)) => {
            tracing::warn!(refund, "the payment provider reported a refund that isn't ours");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Records a refund that was made at the provider, for example in its dashboard.
async fn note_provider_refund(
    work: &Work,
    payment: PaymentId,
    refund: &str,
    seen: &ObservedRefund,
) -> Result<()> {
    match sync::note_provider_refund(work, payment, seen).await {
        Ok(Some(_)) => {}
        // Reconciliation reports what can't be recorded.
        Ok(None) => {
            tracing::warn!(refund, %payment, "a refund made at the provider isn't recorded")
        }
        Err(Error::NotFound { .. }) => {
            tracing::warn!(refund, %payment, "the payment provider refunded an unknown payment");
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
