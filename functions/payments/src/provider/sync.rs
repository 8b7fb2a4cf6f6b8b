//! Recording the provider's state of payments and refunds. Known states change nothing, so all of
//! this can be repeated and run concurrently.

use builder_core::id::{PaymentId, RefundId};
use builder_core::keys::{LEDGER, ORDER, PAYMENT, PRODUCT, REFUND};
use builder_core::payments::store::{self, RefundContext, RefundOutcome};
use builder_core::payments::{Observed, ObservedRefund, ObservedStatus};
use builder_core::settings::Settings;
use builder_identity::keys::SETTINGS;
use builder_runtime::{Resources, Work};
use builder_store::aggregate::Owner;
use builder_store::error::{Error, Result};
use jiff::civil::Date;

use crate::provider::Provider;
use crate::provider::create_intent;

/// Returns the resources that recording a payment needs: the order is paid, fails and releases its
/// stock, or is refunded.
pub(crate) fn resources() -> Resources {
    Resources::new()
        .get([ORDER, PAYMENT, SETTINGS])
        .put([ORDER, PAYMENT, REFUND])
        .update([LEDGER, PRODUCT])
}

/// Returns the day of postings, in the seller's time zone.
async fn today(work: &Work) -> Result<Date> {
    Ok(work.cached::<Settings>().await?.state.document.day(work.now()))
}

/// Records the state of a payment at the provider, and returns whether anything changed.
///
/// # Errors
/// As [`store::settle`]; [`Error::VersionConflict`] when every attempt met a concurrent change.
pub(crate) async fn note(work: &Work, payment: PaymentId, seen: &Observed) -> Result<bool> {
    work.retry_on_conflict(|| note_once(work, payment, seen)).await
}

async fn note_once(work: &Work, payment: PaymentId, seen: &Observed) -> Result<bool> {
    let payment = store::find(work.table(), Owner::Any, payment).await?;
    let order = store::order_of(work.table(), &payment).await?;
    let (commit, _) = store::settle(&work.context(), today(work).await?, &payment, &order, seen)?;
    let news = !commit.is_empty();
    commit.send_unless_empty(work.table()).await?;
    Ok(news)
}

/// Records the outcome of a refund, and returns whether anything changed.
///
/// # Errors
/// As [`store::settle_refund`]; [`Error::VersionConflict`] when every attempt met a concurrent
/// change.
pub(crate) async fn note_refund(
    work: &Work,
    refund: RefundId,
    outcome: &RefundOutcome,
) -> Result<bool> {
    work.retry_on_conflict(|| note_refund_once(work, refund, outcome)).await
}

/// As [`note_refund`], for callers that retry on [`Error::VersionConflict`] themselves.
pub(crate) async fn note_refund_once(
    work: &Work,
    refund: RefundId,
    outcome: &RefundOutcome,
) -> Result<bool> {
    let RefundContext { refund, payment, order } =
        store::refund_with_payment(work.table(), refund).await?;
    let commit = store::settle_refund(
        &work.context(),
        today(work).await?,
        &refund,
        &payment,
        &order,
        outcome,
    )?;
    let news = !commit.is_empty();
    commit.send_unless_empty(work.table()).await?;
    Ok(news)
}

/// Records the state of a refund of this payment that was made at the provider, and returns its ID.
/// `None` if it can't be recorded: no money was moved, or more than can be refunded here.
///
/// # Errors
/// [`Error::NotFound`] if the payment is unknown here; as [`note_refund`].
pub(crate) async fn note_provider_refund(
    work: &Work,
    payment: PaymentId,
    seen: &ObservedRefund,
) -> Result<Option<RefundId>> {
    work.retry_on_conflict(|| note_provider_refund_once(work, payment, seen)).await
}

async fn note_provider_refund_once(
    work: &Work,
    payment: PaymentId,
    seen: &ObservedRefund,
) -> Result<Option<RefundId>> {
    let payment = store::find(work.table(), Owner::Any, payment).await?;
    let id = payment.state.id_of_provider_refund(&seen.id);
    match note_refund_once(work, id, &RefundOutcome::Seen(seen.clone())).await {
        Err(Error::NotFound { what: "refund" }) => {}
        noted => return noted.map(|_| Some(id)),
    }
    let order = store::order_of(work.table(), &payment).await?;
    let today = today(work).await?;
    let Some(commit) = store::adopt_refund(&work.context(), today, &payment, &order, seen)? else {
        return Ok(None);
    };
    commit.send(work.table()).await?;
    Ok(Some(id))
}

/// Cancels a payment whose order has ended. If the payment succeeded first, that is recorded, and
/// it is refunded.
///
/// # Errors
/// As [`Provider::query`]; [`Error::VersionConflict`].
pub(crate) async fn give_up(
    work: &Work,
    provider: &Provider<'_>,
    payment: PaymentId,
) -> Result<()> {
    work.retry_on_conflict(|| give_up_once(work, provider, payment)).await
}

async fn give_up_once(work: &Work, provider: &Provider<'_>, id: PaymentId) -> Result<()> {
    let payment = store::find(work.table(), Owner::Any, id).await?;
    if !payment.state.is_live() {
        return Ok(());
    }
    // A payment whose creation got no response may exist at the provider: it is opened first, so
    // that it can be cancelled.
    let mut intent =
        Box::pin(create_intent::open(provider, work.table(), &work.context(), &payment)).await?;
    if intent.seen.status == ObservedStatus::Open {
        intent = provider.query(|stripe| stripe.cancel(&intent.seen.intent)).await?;
    }
    note_once(work, id, &intent.seen).await.map(drop)
}
