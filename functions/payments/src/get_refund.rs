//! `GET /api/v1/refunds/{id}`

use builder_core::keys::REFUND;
use builder_core::payments::store;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};

use crate::owner;
use crate::view::RefundView;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "get-refund",
            "/api/v1/refunds/{id}",
            Access::Permit(Permission::PaymentsRead),
            get_refund,
        )
        .summary("Retrieve a refund")
        .description("Returns one of the caller's refunds; admins can retrieve any refund.")
        .with_etag(),
        Resources::new().get([REFUND]),
    )
}

async fn get_refund(call: Call) -> Result<Reply<RefundView>> {
    let refund = store::find_refund(call.table(), owner(call.caller()?), call.path("id")?).await?;
    Ok(Reply::ok(&RefundView::from(&refund.state))?.etag(refund.version))
}
