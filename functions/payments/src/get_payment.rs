//! `GET /api/v1/payments/{id}`

use builder_core::keys::PAYMENT;
use builder_core::payments::store;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};

use crate::owner;
use crate::view::PaymentView;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "get-payment",
            "/api/v1/payments/{id}",
            Access::Permit(Permission::PaymentsRead),
            get_payment,
        )
        .summary("Retrieve a payment")
        .description("Returns one of the caller's payments; admins can retrieve any payment.")
        .with_etag(),
        Resources::new().get([PAYMENT]),
    )
}

async fn get_payment(call: Call) -> Result<Reply<PaymentView>> {
    let payment = store::find(call.table(), owner(call.caller()?), call.path("id")?).await?;
    Ok(Reply::ok(&PaymentView::from(&payment.state))?.etag(payment.version))
}
