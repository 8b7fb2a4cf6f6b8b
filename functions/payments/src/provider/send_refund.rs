//! Refunding at the provider, exactly once.

use builder_core::id::RefundId;
use builder_core::payments::store::{self, RefundContext, RefundOutcome};
use builder_core::payments::{Payment, Refund, RefundReason, RefundStatus};
use builder_core::ports::payments::{KnownRefund, NewRefund, ProviderError};
use builder_runtime::Work;
use builder_store::aggregate::Versioned;
use builder_store::error::{Error, Result};

use crate::provider::{self, CallError, Provider};
use crate::provider::{create_intent, sync};

/// Creates a pending refund at the provider, and records the provider's response.
///
/// # Errors
/// As [`Provider::query`]; [`Error::VersionConflict`].
pub(crate) async fn refund(work: &Work, provider: &Provider<'_>, id: RefundId) -> Result<()> {
    work.retry_on_conflict(|| async {
        let RefundContext { refund, payment, .. } =
            store::refund_with_payment(work.table(), id).await?;
        if refund.state.status != RefundStatus::Pending {
            return Ok(());
        }
        let outcome = Box::pin(send_back(work, provider, refund, &payment)).await?;
        sync::note_refund_once(work, id, &outcome).await.map(drop)
    })
    .await
}

async fn send_back(
    work: &Work,
    provider: &Provider<'_>,
    refund: Versioned<Refund>,
    payment: &Versioned<Payment>,
) -> Result<RefundOutcome> {
    let intent =
        payment.state.intent.clone().ok_or_else(|| {
            Error::internal("a payment without a payment intent can't be refunded")
        })?;
    let seen = |known: KnownRefund| RefundOutcome::Seen(known.seen);
    if let Some(known) = &refund.state.provider_refund {
        return Ok(seen(provider.query(|stripe| stripe.look_at_refund(known)).await?));
    }
    if !create_intent::is_forgotten(refund.state.created_at, work.now())
        && let Some(outcome) = order(provider, &refund.state, &intent).await?
    {
        return Ok(outcome);
    }
    // The provider may have created it without our receiving the response.
    let known = provider.query(|stripe| stripe.refunds_of(&intent)).await?;
    if let Some(known) = known.into_iter().find(|known| known.refund == Some(refund.state.id)) {
        return Ok(seen(known));
    }
    let (commit, refund) = store::retry_refund(&work.context(), &refund)?;
    commit.send(work.table()).await?;
    order(provider, &refund.state, &intent)
        .await?
        .ok_or(Error::CircuitOpen { what: provider::NAME, seconds: provider::PAUSE })
}

/// Creates the refund. Returns `None` when the provider failed, so that the caller has to find out
/// whether it was created.
async fn order(
    provider: &Provider<'_>,
    refund: &Refund,
    intent: &str,
) -> Result<Option<RefundOutcome>> {
    let new = NewRefund {
        key: refund.provider_key(),
        refund: refund.id,
        intent: intent.to_owned(),
        amount: refund.amount,
        reason: word_for(refund.reason),
    };
    match provider.execute(|stripe| stripe.refund(&new)).await {
        Ok(known) => Ok(Some(RefundOutcome::Seen(known.seen))),
        Err(CallError::Provider(ProviderError::Faulted(_) | ProviderError::StillFaulted(_))) => {
            Ok(None)
        }
        Err(CallError::Provider(ProviderError::Refused { code, message })) => {
            tracing::error!(refund = %refund.id, code, message, "the payment provider rejected a refund");
            Ok(Some(RefundOutcome::Refused(code)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the provider's value for a reason, if it has one:
/// <https://docs.stripe.com/api/refunds/create#create_refund-reason>.
fn word_for(reason: RefundReason) -> Option<&'static str> {
    match reason {
        RefundReason::RequestedByCustomer => Some("requested_by_customer"),
        RefundReason::Duplicate => Some("duplicate"),
        RefundReason::Fraudulent => Some("fraudulent"),
        RefundReason::OrderCancelled | RefundReason::MadeAtProvider => None,
    }
}
