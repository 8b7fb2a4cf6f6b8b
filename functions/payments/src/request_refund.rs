//! `POST /api/v1/payments/{id}/refunds`

use builder_core::id::{PaymentId, ProductId, RefundId};
use builder_core::keys::{ORDER, PAYMENT, PRODUCT, REFUND};
use builder_core::money::Money;
use builder_core::orders::{MAX_LINES, MAX_QUANTITY, Order, ReturnedItem};
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
    /// The amount. If omitted, the value of the items is refunded, but at most the remaining amount;
    /// without items, the remaining amount.
    #[garde(skip)]
    amount: Option<Money>,
    /// The reason.
    #[garde(skip)]
    reason: Reason,
    /// The returned items. The credit note credits these at their own tax rates. If the amount
    /// exceeds their value, the rest is credited from all items, in proportion to what is left.
    #[serde(default)]
    #[garde(length(max = MAX_LINES), dive)]
    #[schema(max_items = 50)]
    items: Vec<Item>,
    /// Whether the returned items are added to the stock. If no items are given, these are all items
    /// that haven't been returned.
    #[serde(default)]
    #[garde(skip)]
    restock: bool,
}

/// A returned product and its quantity.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RefundRequestItem)]
pub struct Item {
    #[garde(skip)]
    product_id: ProductId,
    /// The quantity.
    #[garde(range(min = 1, max = MAX_QUANTITY))]
    #[schema(minimum = 1, maximum = 10_000, example = 1)]
    quantity: u32,
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
            "Refunds a payment in full, by amount, or by returned items. The refund is processed after \
             this response; retrieve it to follow its status. An order that is refunded in full \
             can't be completed.",
        )
        .requires_idempotency_key()
        .creates()
        .error(
            "payment-not-refundable",
            "The payment hasn't succeeded, or has been refunded in full.",
        )
        .error(
            "items-not-returnable",
            "Some products aren't in the order, or a quantity exceeds what hasn't been returned. \
             `errors` lists them.",
        )
        .error("refund-exceeds-payment", "The amount exceeds the remaining refundable amount.")
        .with_etag(),
        Resources::new()
            .get([ORDER, PAYMENT])
            .put([ORDER, PAYMENT, REFUND])
            .update([PRODUCT]),
    )
}

async fn request_refund(call: Call, Json(body): Json<Body>) -> Result<Reply<RefundView>> {
    let payment: PaymentId = call.path("id")?;
    let id = RefundId::new(call.now());
    Ok(retry_on_conflict(|| attempt(&call, payment, id, &body)).await?)
}

/// Stores the refund and the response in one write. The event causes the call to the provider.
async fn attempt(
    call: &Call,
    payment: PaymentId,
    id: RefundId,
    body: &Body,
) -> builder_store::Result<Reply<RefundView>> {
    let payment = store::find(call.table(), Owner::Any, payment).await?;
    let order = store::order_of(call.table(), &payment).await?;
    let command = RequestRefund {
        id,
        amount: body.amount,
        reason: body.reason.into(),
        items: body.returned(&order.state)?,
    };
    let (commit, refund) = store::request_refund(&call.context(), &payment, &order, command)?;
    let reply = Reply::created(
        format!("/api/v1/refunds/{}", refund.state.id),
        &RefundView::from(&refund.state),
    )?;
    call.commit(commit, reply.etag(refund.version)).await
}

impl Body {
    fn returned(&self, order: &Order) -> builder_store::Result<Vec<ReturnedItem>> {
        if !self.items.is_empty() {
            let items: Vec<_> =
                self.items.iter().map(|item| (item.product_id, item.quantity)).collect();
            return order.returning(&items, self.restock);
        }
        Ok(if self.restock { order.returning_rest() } else { Vec::new() })
    }
}
