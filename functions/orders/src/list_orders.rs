//! `GET /api/v1/orders`

use builder_core::keys::ORDERS;
use builder_core::orders::{OrderStatus, store};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Many, Query, Reply, Resources, Result, Route};
use builder_store::id::UserId;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::owner;
use crate::view::OrderView;

/// Filters for orders.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListOrders {
    /// The maximum number of items; 20 if omitted.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The cursor of the previous page.
    #[garde(inner(custom(builder_runtime::is_cursor)))]
    cursor: Option<String>,
    /// Only orders with this status.
    #[garde(skip)]
    status: Option<OrderStatus>,
    /// Only orders of this user. Admins only; others see only their own.
    #[garde(skip)]
    user_id: Option<UserId>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-orders",
            "/api/v1/orders",
            Access::Permit(Permission::OrdersRead),
            list_orders,
        )
        .summary("List orders")
        .description("Returns the caller's orders, newest first; for admins, all orders."),
        Resources::new()
            .secrets(["CURSOR_SECRET"])
            .query_index("gsi1", [ORDERS])
            .query_index("gsi2", [ORDERS])
            .query_index("gsi3", [ORDERS]),
    )
}

async fn list_orders(
    call: Call,
    Query(query): Query<ListOrders>,
) -> Result<Reply<Many<OrderView>>> {
    let owner = owner(call.caller()?).narrowed_to(query.user_id)?;
    let scope = format!("{owner:?} {:?}", query.status);
    let paging = call.paging(query.limit, query.cursor.as_deref(), scope).await?;
    let page =
        store::list(call.table(), owner, query.status, paging.after.as_deref(), paging.limit)
            .await?;
    call.page(&page.map(|order| OrderView::from(&order.state)), &paging).await
}
