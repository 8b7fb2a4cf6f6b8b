//! `POST /api/v1/invoices/{id}/void`

use builder_core::error::Error;
use builder_core::id::InvoiceId;
use builder_core::invoices::store::{self, Issuer};
use builder_core::orders::store::Owner;
use builder_core::users::Permission;
use builder_runtime::{Access, Call, Function, Reply, Result, Route, settle};

use crate::issuer::issuer;
use crate::view::InvoiceView;

/// The route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/invoices/{id}/void";
    Route::post("void-invoice", path, Access::Permit(Permission::InvoicesAdmin), void_invoice)
        .summary("Declare an open invoice void, by a credit note of all of it")
        .refuses("invoice-not-voidable", "It is no open invoice. What is paid is refunded.")
        .tagged()
        .into()
}

async fn void_invoice(call: Call) -> Result<Reply<InvoiceView>> {
    let id = call.path("id")?;
    let issuer = issuer(call.table(), call.env()).await.map_err(Error::Internal)?;
    Ok(Box::pin(settle(|| attempt(&call, id, &issuer))).await?)
}

async fn attempt(call: &Call, id: InvoiceId, issuer: &Issuer) -> builder_core::Result<Reply<InvoiceView>> {
    let invoice = store::find(call.table(), Owner::Any, id).await?;
    let (commit, after) = Box::pin(store::void(call.table(), &call.context(), issuer, &invoice)).await?;
    call.commit(commit, Reply::ok(&InvoiceView::from(&after.state))?.etag(after.version)).await
}
