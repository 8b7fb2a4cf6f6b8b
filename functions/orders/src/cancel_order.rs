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

/// How often a cancellation is tried when the order is changed meanwhile. An order is changed a few
/// times in its life.
const ATTEMPTS: u32 = 5;

/// The route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/orders/{id}/cancel";
    Function::new(
        Route::post("cancel-order", path, Access::Permit(Permission::OrdersWrite), cancel_order)
            .summary("Cancel an order")
            .description(
                "A pending one of the caller's own; admins can cancel any. Its stock is released.",
            )
            .error("order-not-cancellable", "Only pending orders can be cancelled.")
            .accepts_if_match()
            .with_etag(),
        Resources::new().get([ORDER]).put([ORDER]).update([PRODUCT]),
    )
}

/// Cancelling doesn't depend on what else the caller has read, so `If-Match` isn't needed; when it
/// is sent, it counts.
async fn cancel_order(call: Call) -> Result<Reply<OrderView>> {
    let (id, wanted, caller) = (call.path("id")?, call.if_match_if_sent()?, call.caller()?);
    for _ in 0..ATTEMPTS {
        let before = store::find(call.table(), owner(caller), id).await?;
        if let Some(wanted) = &wanted {
            wanted.check(before.version)?;
        }
        match attempt(&call, caller.user, &before).await {
            // Changed meanwhile: by whom, and whether it still can be cancelled, shows at the next
            // look.
            Err(Error::VersionConflict) => {}
            done => return Ok(done?),
        }
    }
    Err(Error::Unavailable("the order kept being changed".into()).into())
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
