//! `POST /api/v1/payments/{id}/refunds`

use builder_core::id::{PaymentId, RefundId};
use builder_core::keys::{PAYMENT, REFUND};
use builder_core::money::Money;
use builder_core::payments::{RefundReason, RequestRefund, store};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::aggregate::Owner;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::view::RefundView;

/// A refund to request.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RequestRefund)]
pub struct Body {
    /// The amount. If omitted, the remaining amount is refunded.
    #[garde(skip)]
    amount: Option<Money>,
    /// The reason.
    #[garde(skip)]
    reason: Reason,
}

/// The reason for a refund.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RequestedRefundReason)]
pub enum Reason {
    /// The customer requested it.
    RequestedByCustomer,
    /// The order was paid twice.
    Duplicate,
    /// The payment was fraudulent.
    Fraudulent,
}

impl From<Reason> for RefundReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::RequestedByCustomer => Self::RequestedByCustomer,
            Reason::Duplicate => Self::Duplicate,
            Reason::Fraudulent => Self::Fraudulent,
        }
    }
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/payments/{id}/refunds";
    Function::new(
        Route::post(
            "request-refund",
            path,
            Access::Permit(Permission::PaymentsAdmin),
            request_refund,
        )
        .summary("Refund a payment")
        .description(
            "Refunds a payment in full or in part. The refund is processed after this response; \
             retrieve it to follow its status.",
        )
        .requires_idempotency_key()
        .creates()
        .error(
            "payment-not-refundable",
            "The payment hasn't succeeded, or has been refunded in full.",
        )
        .error("refund-exceeds-payment", "The amount exceeds the remaining refundable amount.")
        .with_etag(),
        Resources::new().get([PAYMENT]).put([PAYMENT, REFUND]),
    )
}

async fn request_refund(call: Call, Json(body): Json<Body>) -> Result<Reply<RefundView>> {
    let payment: PaymentId = call.path("id")?;
    let command = RequestRefund {
        id: RefundId::new(call.now()),
        amount: body.amount,
        reason: body.reason.into(),
    };
    Ok(retry_on_conflict(|| attempt(&call, payment, command)).await?)
}

/// Stores the refund and the response in one write. The event causes the call to the provider.
async fn attempt(
    call: &Call,
    payment: PaymentId,
    command: RequestRefund,
) -> builder_store::Result<Reply<RefundView>> {
    let payment = store::find(call.table(), Owner::Any, payment).await?;
    let (commit, refund) = store::request_refund(&call.context(), &payment, command)?;
    let reply = Reply::created(
        format!("/api/v1/refunds/{}", refund.state.id),
        &RefundView::from(&refund.state),
    )?;
    call.commit(commit, reply.etag(refund.version)).await
}
