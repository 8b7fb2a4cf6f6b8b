//! Taking note of what the provider says. What was told before changes nothing, so all of this may
//! be done twice, and at once.

use builder_core::id::{PaymentId, RefundId};
use builder_core::keys::{LEDGER, ORDER, PAYMENT, PRODUCT, REFUND};
use builder_core::payments::store::{self, RefundOutcome};
use builder_core::payments::{Observed, ObservedStatus};
use builder_runtime::{Resources, Work};
use builder_store::aggregate::Owner;
use builder_store::error::Result;

use crate::provider::Provider;
use crate::provider::create_intent;

/// What it takes to take note of a payment: the order is paid, fails and returns its stock, or gets
/// its money back.
pub(crate) fn resources() -> Resources {
    Resources::new().get([ORDER, PAYMENT]).put([ORDER, PAYMENT, REFUND]).update([LEDGER, PRODUCT])
}

/// Takes note of how a payment stands at the provider. Says whether any of it was news.
///
/// # Errors
/// As [`store::settle`]; [`Error::VersionConflict`] when others were faster every time.
pub(crate) async fn note(work: &Work, payment: PaymentId, seen: &Observed) -> Result<bool> {
    work.retry_on_conflict(|| note_once(work, payment, seen)).await
}

async fn note_once(work: &Work, payment: PaymentId, seen: &Observed) -> Result<bool> {
    let payment = store::find(work.table(), Owner::Any, payment).await?;
    let order = store::order_of(work.table(), &payment).await?;
    let (commit, _) = store::settle(&work.context(), &payment, &order, seen)?;
    let news = !commit.is_empty();
    commit.send_unless_empty(work.table()).await?;
    Ok(news)
}

/// Takes note of what became of a refund. Says whether any of it was news.
///
/// # Errors
/// As [`store::settle_refund`]; [`Error::VersionConflict`] when others were faster every time.
pub(crate) async fn note_refund(
    work: &Work,
    refund: RefundId,
    outcome: &RefundOutcome,
) -> Result<bool> {
    work.retry_on_conflict(|| note_refund_once(work, refund, outcome)).await
}

/// As [`note_refund`], for who tries again by himself when it is [`Error::VersionConflict`].
pub(crate) async fn note_refund_once(
    work: &Work,
    refund: RefundId,
    outcome: &RefundOutcome,
) -> Result<bool> {
    let (refund, payment) = store::refund_with_payment(work.table(), refund).await?;
    let commit = store::settle_refund(&work.context(), &refund, &payment, outcome)?;
    let news = !commit.is_empty();
    commit.send_unless_empty(work.table()).await?;
    Ok(news)
}

/// Gives up a payment whose order is over. One that was quicker is noted, and goes back.
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
    // One whose creation was never answered may exist at the provider: it is made known first, so
    // that it can be given up.
    let mut intent =
        Box::pin(create_intent::open(provider, work.table(), &work.context(), &payment)).await?;
    if intent.seen.status == ObservedStatus::Open {
        intent = provider.query(|stripe| stripe.cancel(&intent.seen.intent)).await?;
    }
    note_once(work, id, &intent.seen).await.map(drop)
}
