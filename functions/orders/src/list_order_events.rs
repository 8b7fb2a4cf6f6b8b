//! `GET /api/v1/orders/{id}/events`

use builder_core::error::Error;
use builder_core::id::OrderId;
use builder_core::orders::store;
use builder_core::users::Permission;
use builder_runtime::{Access, Call, Function, Many, Query, Reply, Result, Route};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::owner;
use crate::view::OrderEventView;

/// Which events.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListOrderEvents {
    /// How many; 20 when left out.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// Where the page before ended.
    #[garde(skip)]
    cursor: Option<String>,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::get("list-order-events", "/api/v1/orders/{id}/events", Access::Permit(Permission::OrdersRead), list_order_events)
        .summary("What happened to an order, newest first like every list")
        .into()
}

async fn list_order_events(call: Call, Query(query): Query<ListOrderEvents>) -> Result<Reply<Many<OrderEventView>>> {
    let id: OrderId = call.path("id")?;
    let paging = call.paging(query.limit, query.cursor.as_deref(), id).await?;
    let before = paging.after.as_deref().map(str::parse).transpose().map_err(Error::internal)?;
    let order = store::find(call.table(), owner(call.caller()?), id).await?;
    let page = store::history(call.table(), &order, before, paging.limit).await?;
    call.page(&page.map(OrderEventView::from), &paging).await
}
