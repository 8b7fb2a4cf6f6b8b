//! `GET /api/v1/orders/{id}/payments`

use builder_core::id::OrderId;
use builder_core::keys::{ORDER, PAYMENT};
use builder_core::orders::store as orders;
use builder_core::payments::store;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use builder_store::aggregate::Owner;
use builder_store::listing::Page;

use crate::owner;
use crate::view::PaymentView;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/orders/{id}/payments";
    Function::new(
        Route::get(
            "list-order-payments",
            path,
            Access::Permit(Permission::PaymentsRead),
            list_order_payments,
        )
        .summary("List payments of an order")
        .description("Returns the order's payments. The list is empty until a payment is started."),
        Resources::new().secrets(["CURSOR_SECRET"]).get([ORDER, PAYMENT]),
    )
}

async fn list_order_payments(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<PaymentView>>> {
    let id: OrderId = call.path("id")?;
    let paging = call.paging(query.limit, query.cursor.as_deref(), id).await?;
    let order = orders::find(call.table(), owner(call.caller()?), id).await?;
    let items = match order.state.payment_id {
        Some(payment) => {
            vec![PaymentView::from(&store::find(call.table(), Owner::Any, payment).await?.state)]
        }
        None => Vec::new(),
    };
    call.page(&Page { items, next: None }, &paging).await
}
