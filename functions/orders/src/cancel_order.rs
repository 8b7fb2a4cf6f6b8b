//! `POST /api/v1/orders/{id}/cancel`

use builder_core::keys::{ORDER, PAYMENT, PRODUCT, REFUND};
use builder_core::orders::{CancelReason, Order, store};
use builder_core::payments;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Caller, Function, Reply, Resources, Result, Route};
use builder_store::Error;
use builder_store::aggregate::{Owner, Versioned};

use crate::view::OrderView;
use crate::{acts_for_all, owner};

/// The maximum number of attempts when the order is changed concurrently. An order is changed only
/// a few times in total.
const ATTEMPTS: u32 = 5;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/orders/{id}/cancel";
    Function::new(
        Route::post("cancel-order", path, Access::Permit(Permission::OrdersWrite), cancel_order)
            .summary("Cancel an order")
            .description(
                "Cancels one of the caller's pending orders. Admins can cancel any order that is \
                 pending or being processed. Its stock is released, and what was paid is refunded.",
            )
            .error(
                "order-not-cancellable",
                "The order is neither pending nor, for admins, being processed.",
            )
            .accepts_if_match()
            .with_etag(),
        Resources::new().get([ORDER, PAYMENT]).put([ORDER, PAYMENT, REFUND]).update([PRODUCT]),
    )
}

/// Cancels an order. This doesn't depend on what the caller has read, so `If-Match` is optional.
async fn cancel_order(call: Call) -> Result<Reply<OrderView>> {
    let (id, wanted, caller) = (call.path("id")?, call.if_match_if_sent()?, call.caller()?);
    for _ in 0..ATTEMPTS {
        let before = store::find(call.table(), owner(caller), id).await?;
        if let Some(wanted) = &wanted {
            wanted.check(before.version)?;
        }
        match attempt(&call, caller, &before).await {
            // Changed concurrently: the next attempt determines whether it can still be cancelled.
            Err(Error::VersionConflict) => {}
            done => return Ok(done?),
        }
    }
    Err(Error::Unavailable("the order was changed concurrently too often".into()).into())
}

async fn attempt(
    call: &Call,
    caller: &Caller,
    before: &Versioned<Order>,
) -> builder_store::Result<Reply<OrderView>> {
    let order = &before.state;
    if order.is_paid() && !acts_for_all(caller) {
        let detail = "The order is paid; ask the seller to cancel it.";
        return Err(Error::refused("order-not-cancellable", detail));
    }
    let reason = if order.user_id == caller.user {
        CancelReason::RequestedByCustomer
    } else {
        CancelReason::RequestedByAdmin
    };
    let payment = match order.payment_id.filter(|_| order.is_paid()) {
        Some(id) => Some(payments::store::find(call.table(), Owner::Any, id).await?),
        None => None,
    };
    let (commit, after) =
        payments::store::cancel_order(&call.context(), before, payment.as_ref(), reason)?;
    let reply = Reply::ok(&OrderView::from(&after.state))?.etag(after.version);
    call.commit(commit, reply).await
}
