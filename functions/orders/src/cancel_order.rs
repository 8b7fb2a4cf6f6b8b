//! `POST /api/v1/orders/{id}/cancel`

use builder_core::keys::{ORDER, PRODUCT};
use builder_core::orders::{CancelReason, Order, store};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};
use builder_store::Error;
use builder_store::aggregate::Versioned;
use builder_store::id::UserId;

use crate::owner;
use crate::view::OrderView;

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
                "Cancels one of the caller's pending orders; admins can cancel any pending order. \
                 Its stock is released.",
            )
            .error("order-not-cancellable", "Only pending orders can be cancelled.")
            .accepts_if_match()
            .with_etag(),
        Resources::new().get([ORDER]).put([ORDER]).update([PRODUCT]),
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
        match attempt(&call, caller.user, &before).await {
            // Changed concurrently: the next attempt determines whether it can still be cancelled.
            Err(Error::VersionConflict) => {}
            done => return Ok(done?),
        }
    }
    Err(Error::Unavailable("the order was changed concurrently too often".into()).into())
}

async fn attempt(
    call: &Call,
    user: UserId,
    before: &Versioned<Order>,
) -> builder_store::Result<Reply<OrderView>> {
    let own = before.state.user_id == user;
    let reason =
        if own { CancelReason::RequestedByCustomer } else { CancelReason::RequestedByAdmin };
    let (commit, after) = store::cancel(&call.context(), before, reason)?;
    let reply = Reply::ok(&OrderView::from(&after.state))?.etag(after.version);
    call.commit(commit, reply).await
}
