//! `POST /api/v1/orders/{id}/complete`

use builder_core::id::OrderId;
use builder_core::keys::ORDER;
use builder_core::orders::store;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Precondition, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::aggregate::Owner;

use crate::view::OrderView;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "complete-order",
            "/api/v1/orders/{id}/complete",
            Access::Permit(Permission::OrdersAdmin),
            complete_order,
        )
        .summary("Complete an order")
        .description("Marks a paid order as completed, for example when it has been delivered.")
        .error("order-not-completable", "Only orders that are being processed can be completed.")
        .accepts_if_match()
        .with_etag(),
        Resources::new().get([ORDER]).put([ORDER]),
    )
}

async fn complete_order(call: Call) -> Result<Reply<OrderView>> {
    let (id, wanted) = (call.path("id")?, call.if_match_if_sent()?);
    match wanted {
        // With `If-Match`, a concurrent change is an error rather than retried.
        Some(wanted) => Ok(attempt(&call, id, Some(&wanted)).await?),
        None => Ok(retry_on_conflict(|| attempt(&call, id, None)).await?),
    }
}

async fn attempt(
    call: &Call,
    id: OrderId,
    wanted: Option<&Precondition>,
) -> builder_store::Result<Reply<OrderView>> {
    let before = store::find(call.table(), Owner::Any, id).await?;
    if let Some(wanted) = wanted {
        wanted.check(before.version)?;
    }
    let (commit, after) = store::complete(&call.context(), &before)?;
    call.commit(commit, Reply::ok(&OrderView::from(&after.state))?.etag(after.version)).await
}
