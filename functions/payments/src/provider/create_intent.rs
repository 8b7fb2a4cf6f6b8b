//! Creation of a payment at the provider, exactly once.

use builder_core::payments::{Payment, store};
use builder_core::ports::payments::{Intent, NewIntent, ProviderError};
use builder_store::aggregate::Versioned;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::table::Table;
use jiff::{SignedDuration, Timestamp};

use crate::provider::{self, CallError, Provider};

/// How long the provider certainly recognises an idempotency key: Stripe retains keys for at least
/// 24 hours, <https://docs.stripe.com/api/idempotent_requests>.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(23);
/// The maximum clock skew between the provider and us.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// The maximum number of pages to search.
const PAGES: usize = 100;

/// Returns the payment at the provider, and creates it there if it doesn't exist yet.
///
/// # Errors
/// `payment-refused` when the provider rejects the payment; as [`Provider::query`];
/// [`Error::VersionConflict`].
pub(crate) async fn open(
    provider: &Provider<'_>,
    table: &Table,
    context: &Context,
    payment: &Versioned<Payment>,
) -> Result<Intent> {
    if let Some(intent) = &payment.state.intent {
        return Ok(provider.query(|stripe| stripe.look(intent)).await?);
    }
    if is_forgotten(payment.state.created_at, context.at) {
        return Box::pin(create_again(provider, table, context, payment)).await;
    }
    match order(provider, &payment.state).await? {
        Some(intent) => Ok(intent),
        None => Box::pin(create_again(provider, table, context, payment)).await,
    }
}

/// Searches for the payment, and creates it under a new key if it isn't found.
async fn create_again(
    provider: &Provider<'_>,
    table: &Table,
    context: &Context,
    payment: &Versioned<Payment>,
) -> Result<Intent> {
    if let Some(found) = Box::pin(find(provider, &payment.state)).await? {
        return Ok(found);
    }
    let (commit, retried) = store::retry(context, payment)?;
    commit.send(table).await?;
    order(provider, &retried.state)
        .await?
        .ok_or(Error::CircuitOpen { what: provider::NAME, seconds: provider::PAUSE })
}

/// Creates the payment. Returns `None` when the provider failed, so that the caller has to find out
/// whether it was created.
async fn order(provider: &Provider<'_>, payment: &Payment) -> Result<Option<Intent>> {
    let new = NewIntent {
        key: payment.provider_key(),
        payment: payment.id,
        order: payment.order_id,
        amount: payment.amount,
    };
    match provider.execute(|stripe| stripe.open(&new)).await {
        Ok(intent) => Ok(Some(intent)),
        Err(CallError::Provider(ProviderError::Faulted(_) | ProviderError::StillFaulted(_))) => {
            Ok(None)
        }
        Err(CallError::Provider(ProviderError::Refused { code, message })) => {
            tracing::warn!(payment = %payment.id, code, message, "the payment provider rejected a payment");
            Err(Error::refused(
                "payment-refused",
                format!("The payment provider rejected this payment: {code}."),
            ))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns whether the provider may no longer recognise a key that was used at this time.
pub(crate) fn is_forgotten(asked: Timestamp, now: Timestamp) -> bool {
    now.duration_since(asked) > REMEMBERED
}

/// Searches for a payment that the provider may have created without our receiving its response.
async fn find(provider: &Provider<'_>, payment: &Payment) -> Result<Option<Intent>> {
    let since = payment.created_at.saturating_sub(SKEW).unwrap_or(Timestamp::MIN);
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let page = provider.query(|stripe| stripe.payments_since(since, after.as_deref())).await?;
        if let Some(found) =
            page.items.into_iter().find(|intent| intent.payment == Some(payment.id))
        {
            return Ok(Some(found));
        }
        after = page.next;
        if after.is_none() {
            return Ok(None);
        }
    }
    Err(Error::Unavailable("the provider's list of payments is too long to search".into()))
}
