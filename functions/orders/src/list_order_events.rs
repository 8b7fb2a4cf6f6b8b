//! `GET /api/v1/orders/{id}/events`

use builder_core::id::OrderId;
use builder_core::keys::ORDER;
use builder_core::orders::store;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, EventView, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use builder_store::error::Error;
use builder_store::listing::history;

use crate::owner;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-order-events",
            "/api/v1/orders/{id}/events",
            Access::Permit(Permission::OrdersRead),
            list_order_events,
        )
        .summary("List events of an order")
        .description("Returns the events of the order, newest first."),
        Resources::new().secrets(["CURSOR_SECRET"]).get([ORDER]).query([ORDER]),
    )
}

async fn list_order_events(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<EventView>>> {
    let id: OrderId = call.path("id")?;
    let paging = call.paging(query.limit, query.cursor.as_deref(), id).await?;
    let before = paging.after.as_deref().map(str::parse).transpose().map_err(Error::internal)?;
    let order = store::find(call.table(), owner(call.caller()?), id).await?;
    let page = history(call.table(), &order, before, paging.limit).await?;
    call.page(&page.map(EventView::from), &paging).await
}
