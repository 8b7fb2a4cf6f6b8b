//! `POST /api/v1/orders/{id}/invoices`

use builder_core::id::OrderId;
use builder_core::invoices::store::{self, Issuer};
use builder_core::orders::store as orders;
use builder_identity::keys::USER;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route, retry_on_conflict};
use builder_store::aggregate::Owner;
use builder_store::error::Error;
use garde::Validate;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::issuer::{self, issuer};
use crate::view::InvoiceView;

/// An invoice to issue before its order is paid.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = IssueInvoice)]
pub struct Body {
    /// The due date: from today to the end of the year after next. If omitted, it is
    /// calculated from the payment term in the settings.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2026-12-06")]
    due_on: Option<Date>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/orders/{id}/invoices";
    Function::new(
        Route::post(
            "issue-invoice",
            path,
            Access::Permit(Permission::InvoicesAdmin),
            issue_invoice,
        )
        .summary("Invoice an unpaid order")
        .description("Issues an invoice to be paid by the due date. The order no longer expires.")
        .error("order-already-invoiced", "The order already has an invoice. Void it first.")
        .error(
            "order-not-invoiceable",
            "The order was cancelled, has expired, or has a total of zero.",
        )
        .creates()
        .with_etag(),
        issuer::resources().batch_get([USER]),
    )
}

async fn issue_invoice(call: Call, Json(body): Json<Body>) -> Result<Reply<InvoiceView>> {
    let id = call.path("id")?;
    let issuer = issuer(call.table(), call.env()).await.map_err(Error::Internal)?;
    let today = issuer.settings.day(call.now());
    if body.due_on.is_some_and(|due_on| due_on < today || due_on.year() > today.year() + 2) {
        return Err(Error::invalid(
            "/dueOn",
            format!("must be from today, {today}, to the end of the year after next"),
        )
        .into());
    }
    Ok(Box::pin(retry_on_conflict(|| attempt(&call, id, &issuer, body.due_on))).await?)
}

async fn attempt(
    call: &Call,
    id: OrderId,
    issuer: &Issuer,
    due_on: Option<Date>,
) -> builder_store::Result<Reply<InvoiceView>> {
    let order = orders::find(call.table(), Owner::Any, id).await?;
    let (commit, invoice) =
        Box::pin(store::issue(call.table(), &call.context(), issuer, &order, due_on)).await?;
    let location = format!("/api/v1/invoices/{}", invoice.state.content.id);
    let reply = Reply::created(location, &InvoiceView::from(&invoice.state))?.etag(invoice.version);
    call.commit(commit, reply).await
}
