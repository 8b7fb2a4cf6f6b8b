//! Making a payment known at the provider, exactly once.

use builder_core::payments::{Payment, store};
use builder_core::ports::payments::{Intent, NewIntent, ProviderError};
use builder_store::aggregate::Versioned;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::table::Table;
use jiff::{SignedDuration, Timestamp};

use crate::provider::{self, CallError, Provider};

/// How long a provider is sure to recognise a key: Stripe keeps them for at least 24 hours,
/// <https://docs.stripe.com/api/idempotent_requests>.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(23);
/// How much the provider's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// The most pages that are looked through.
const PAGES: usize = 100;

/// The payment at the provider; there it is made, if it isn't there yet.
///
/// # Errors
/// `payment-refused` when the provider doesn't take such a payment; as [`Provider::query`];
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

/// Looks for the payment, and makes it under a new key if there is none.
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

/// Asks for the payment; `None` when the provider got into trouble, so that it has to be looked
/// what it did.
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
            tracing::warn!(payment = %payment.id, code, message, "the payment provider refuses a payment");
            Err(Error::refused(
                "payment-refused",
                format!("The payment provider doesn't take this payment: {code}."),
            ))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the provider may have forgotten what it was asked at a time.
pub(crate) fn is_forgotten(asked: Timestamp, now: Timestamp) -> bool {
    now.duration_since(asked) > REMEMBERED
}

/// Looks for a payment that the provider may have made without our knowing.
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
    Err(Error::Unavailable("the provider's list of payments has no end".into()))
}
