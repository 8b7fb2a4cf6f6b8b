//! `GET /api/v1/orders/{id}`

use builder_core::keys::ORDER;
use builder_core::orders::store;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};

use crate::owner;
use crate::view::OrderView;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "get-order",
            "/api/v1/orders/{id}",
            Access::Permit(Permission::OrdersRead),
            get_order,
        )
        .summary("Retrieve an order")
        .description("Returns one of the caller's orders; admins can retrieve any order.")
        .with_etag(),
        Resources::new().get([ORDER]),
    )
}

async fn get_order(call: Call) -> Result<Reply<OrderView>> {
    let order = store::find(call.table(), owner(call.caller()?), call.path("id")?).await?;
    Ok(Reply::ok(&OrderView::from(&order.state))?.etag(order.version))
}
