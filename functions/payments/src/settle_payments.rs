//! The job `settle-payments`: works off the payment queue, and keeps payments and refunds in step with the provider.
//!
//! A message only says what to look at. What is then found at the provider decides, so messages may come twice and in any order.

use builder_core::aggregate::Versioned;
use builder_core::error::{Error, Result};
use builder_core::id::{OrderId, PaymentId, RefundId};
use builder_core::orders::store::{self as orders, Owner};
use builder_core::payments::store::{self, RefundOutcome};
use builder_core::payments::{Observed, ObservedStatus, Payment, Refund, RefundReason, RefundStatus};
use builder_core::ports::payments::{Intent, KnownRefund, NewRefund, ProviderError};
use builder_runtime::{Fault, Function, Job, Message, Work, settle};

use crate::news::News;
use crate::opening;
use crate::provider::{self, Provider};

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
            "refund.requested" => refund(&work, &provider, event.aggregate_id.parse()?).await?,
            "order.cancelled" | "order.expired" => give_up(&work, &provider, event.aggregate_id.parse()?).await?,
            kind => tracing::info!(event = %event.id, kind, "nothing to do"),
        },
    }
    Ok(())
}

/// Takes note of a payment that the provider tells of.
async fn look(work: &Work, provider: &Provider<'_>, intent: &str) -> Result<()> {
    match provider.ask(|stripe| stripe.look(intent)).await? {
        Ok(Intent { payment: Some(payment), seen, .. }) => {
            settle(|| async {
                let payment = store::find(work.table(), Owner::Any, payment).await?;
                note(work, &payment, &seen).await
            })
            .await
        }
        Ok(_) | Err(ProviderError::Unknown) => {
            tracing::warn!(intent, "the provider tells of a payment that isn't ours");
            Ok(())
        }
        Err(error) => Err(Error::internal(error)),
    }
}

async fn note(work: &Work, payment: &Versioned<Payment>, seen: &Observed) -> Result<()> {
    let order = store::order_of(work.table(), payment).await?;
    let (commit, _) = store::settle(&work.context(), payment, &order, seen)?;
    commit.send_unless_empty(work.table()).await
}

/// The order is given up: so is its payment. One that was quicker is noted, and goes back.
async fn give_up(work: &Work, provider: &Provider<'_>, order: OrderId) -> Result<()> {
    let order = orders::find(work.table(), Owner::Any, order).await?;
    let Some(payment) = order.state.payment_id else { return Ok(()) };
    settle(|| give_up_payment(work, provider, payment)).await
}

async fn give_up_payment(work: &Work, provider: &Provider<'_>, id: PaymentId) -> Result<()> {
    let payment = store::find(work.table(), Owner::Any, id).await?;
    if !payment.state.is_live() {
        return Ok(());
    }
    // One whose creation was never answered may exist at the provider: it is made known first, so that it can be given up.
    let mut intent = Box::pin(opening::open(provider, work.table(), &work.context(), &payment)).await?;
    if intent.seen.status == ObservedStatus::Open {
        intent = provider.ask(|stripe| stripe.cancel(&intent.seen.intent)).await?.map_err(Error::internal)?;
    }
    let payment = store::find(work.table(), Owner::Any, id).await?;
    note(work, &payment, &intent.seen).await
}

/// Sends money back.
async fn refund(work: &Work, provider: &Provider<'_>, id: RefundId) -> Result<()> {
    settle(|| async {
        let (refund, payment) = store::refund_with_payment(work.table(), id).await?;
        if refund.state.status != RefundStatus::Pending {
            return Ok(());
        }
        let outcome = Box::pin(send_back(work, provider, refund, &payment)).await?;
        conclude(work, id, &outcome).await
    })
    .await
}

async fn send_back(
    work: &Work,
    provider: &Provider<'_>,
    refund: Versioned<Refund>,
    payment: &Versioned<Payment>,
) -> Result<RefundOutcome> {
    let intent = payment.state.intent.clone().ok_or_else(|| Error::internal("a payment without an intent was refunded"))?;
    let seen = |known: KnownRefund| RefundOutcome::Seen(known.seen);
    if let Some(known) = &refund.state.provider_refund {
        return Ok(seen(provider.ask(|stripe| stripe.look_at_refund(known)).await?.map_err(Error::internal)?));
    }
    if !opening::is_forgotten(refund.state.created_at, work.now())
        && let Some(outcome) = order(provider, &refund.state, &intent).await?
    {
        return Ok(outcome);
    }
    // The provider may have made it without our knowing.
    let known = provider.ask(|stripe| stripe.refunds_of(&intent)).await?.map_err(Error::internal)?;
    if let Some(known) = known.into_iter().find(|known| known.refund == Some(refund.state.id)) {
        return Ok(seen(known));
    }
    let (commit, refund) = store::retry_refund(&work.context(), &refund)?;
    commit.send(work.table()).await?;
    order(provider, &refund.state, &intent).await?.ok_or(Error::Busy { what: provider::NAME, seconds: provider::PAUSE })
}

/// Asks for the refund; `None` when the provider got into trouble, so that it has to be looked what it did.
async fn order(provider: &Provider<'_>, refund: &Refund, intent: &str) -> Result<Option<RefundOutcome>> {
    let new = NewRefund {
        key: refund.provider_key(),
        refund: refund.id,
        intent: intent.to_owned(),
        amount: refund.amount,
        reason: word_for(refund.reason),
    };
    match provider.order(|stripe| stripe.refund(&new)).await? {
        Ok(known) => Ok(Some(RefundOutcome::Seen(known.seen))),
        Err(ProviderError::Faulted(_)) => Ok(None),
        Err(ProviderError::Refused { code, message }) => {
            tracing::error!(refund = %refund.id, code, message, "the payment provider refuses a refund");
            Ok(Some(RefundOutcome::Refused(code)))
        }
        Err(error) => Err(Error::internal(error)),
    }
}

/// Takes note of a refund that the provider tells of.
async fn look_at_refund(work: &Work, provider: &Provider<'_>, refund: &str) -> Result<()> {
    match provider.ask(|stripe| stripe.look_at_refund(refund)).await? {
        Ok(KnownRefund { refund: Some(id), seen, .. }) => {
            let outcome = RefundOutcome::Seen(seen);
            settle(|| conclude(work, id, &outcome)).await
        }
        Ok(_) | Err(ProviderError::Unknown) => {
            tracing::warn!(refund, "the provider tells of a refund that isn't ours");
            Ok(())
        }
        Err(error) => Err(Error::internal(error)),
    }
}

async fn conclude(work: &Work, id: RefundId, outcome: &RefundOutcome) -> Result<()> {
    let (refund, payment) = store::refund_with_payment(work.table(), id).await?;
    store::settle_refund(&work.context(), &refund, &payment, outcome)?.send_unless_empty(work.table()).await
}

/// The provider's word for a reason, if it has one: <https://docs.stripe.com/api/refunds/create#create_refund-reason>.
fn word_for(reason: RefundReason) -> Option<&'static str> {
    match reason {
        RefundReason::RequestedByCustomer => Some("requested_by_customer"),
        RefundReason::Duplicate => Some("duplicate"),
        RefundReason::Fraudulent => Some("fraudulent"),
        RefundReason::OrderCancelled => None,
    }
}
