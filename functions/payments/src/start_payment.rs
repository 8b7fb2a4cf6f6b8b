//! `POST /api/v1/orders/{id}/payments`

use builder_core::id::{OrderId, PaymentId};
use builder_core::orders::{OrderStatus, store as orders};
use builder_core::payments::{Payment, store};
use builder_core::ports::payments::Intent;
use builder_core::settings::Settings;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Result, Route, retry_on_conflict};
use builder_store::aggregate::{Owner, Versioned};
use builder_store::error::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::owner;
use crate::provider::{self, provider};
use crate::provider::{create_intent, sync};
use crate::view::PaymentView;

/// A payment, with the client secret to confirm it in the payer's browser.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartedPayment {
    #[serde(flatten)]
    view: PaymentView,
    /// The client secret for the payment provider's library in the payer's browser. Keep it secret:
    /// anyone who has it can complete the payment.
    #[schema(example = "pi_3P1x2y3z_secret_4a5b6c")]
    client_secret: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/orders/{id}/payments";
    Function::new(
        Route::post(
            "start-payment",
            path,
            Access::Permit(Permission::PaymentsWrite),
            start_payment,
        )
        .summary("Start a payment")
        .description(
            "Starts the payment of one of the caller's pending orders; admins can start it for any \
             order. Returns the same payment until it has ended.",
        )
        .requires_lease()
        .creates()
        .or_gives_again()
        .error(
            "order-not-payable",
            "Only pending orders with a total greater than zero can be paid.",
        )
        .error("payment-refused", "The payment provider rejected the payment.")
        .error("payments-not-set-up", "The deployment has no payment provider.")
        .with_etag(),
        provider::resources()
            .and(sync::resources())
            // At most three calls to Stripe, of five seconds each.
            .timeout(20),
    )
}

async fn start_payment(call: Call) -> Result<Reply<StartedPayment>> {
    let (order, owner) = (call.path("id")?, owner(call.caller()?));
    let provider = provider(call.app(), call.table()).await?;
    let new = PaymentId::new(call.now());
    let payment = retry_on_conflict(|| begin(&call, owner, order, new)).await?;
    let intent =
        Box::pin(create_intent::open(&provider, call.table(), &call.context(), &payment)).await?;
    Ok(retry_on_conflict(|| conclude(&call, payment.state.id, payment.state.id == new, &intent))
        .await?)
}

/// Returns the order's payment, and starts it if it hasn't been started yet.
async fn begin(
    call: &Call,
    owner: Owner,
    order: OrderId,
    new: PaymentId,
) -> builder_store::Result<Versioned<Payment>> {
    let order = orders::find(call.table(), owner, order).await?;
    match order.state.payment_id.filter(|_| order.state.status == OrderStatus::Pending) {
        Some(payment) => store::find(call.table(), Owner::Any, payment).await,
        None => {
            let (commit, payment) = store::start(&call.context(), &order, new)?;
            commit.send(call.table()).await?;
            Ok(payment)
        }
    }
}

/// Records the provider's state together with the response: 201 for a payment that this request
/// started, 200 for an earlier one.
async fn conclude(
    call: &Call,
    payment: PaymentId,
    began: bool,
    intent: &Intent,
) -> builder_store::Result<Reply<StartedPayment>> {
    let payment = store::find(call.table(), Owner::Any, payment).await?;
    let order = store::order_of(call.table(), &payment).await?;
    let today = call.cached::<Settings>().await?.state.document.day(call.now());
    let (commit, after) = store::settle(&call.context(), today, &payment, &order, &intent.seen)?;
    if !after.state.is_live() {
        // Paid or cancelled in the meantime: that must be recorded before it is reported.
        commit.send_unless_empty(call.table()).await?;
        let detail = format!("The payment of this order is {}.", after.state.status);
        return Err(Error::refused("order-not-payable", detail));
    }
    let started = StartedPayment {
        view: PaymentView::from(&after.state),
        client_secret: intent.client_secret.clone(),
    };
    let reply = if began {
        Reply::created(format!("/api/v1/payments/{}", after.state.id), &started)?
    } else {
        Reply::ok(&started)?
    };
    call.commit(commit, reply.etag(after.version)).await
}
