//! `POST /api/v1/invoices/{id}/send`

use builder_core::id::InvoiceId;
use builder_core::invoices::store;
use builder_core::orders::store::Owner;
use builder_core::users::Permission;
use builder_runtime::{Access, Call, Function, Reply, Result, Route, settle};

use crate::view::InvoiceView;

/// The route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/invoices/{id}/send";
    Route::post("send-invoice", path, Access::Permit(Permission::InvoicesAdmin), send_invoice)
        .summary("E-mail an invoice or a credit note to its buyer once more. The first time, it goes out by itself")
        .refuses("invoice-not-ready", "Its PDF is still being written.")
        .tagged()
        .into()
}

async fn send_invoice(call: Call) -> Result<Reply<InvoiceView>> {
    let id = call.path("id")?;
    Ok(settle(|| attempt(&call, id)).await?)
}

async fn attempt(call: &Call, id: InvoiceId) -> builder_core::Result<Reply<InvoiceView>> {
    let invoice = store::find(call.table(), Owner::Any, id).await?;
    let (commit, after) = store::change(&call.context(), &invoice, &[invoice.state.send(call.context().at)?])?;
    call.commit(commit, Reply::ok(&InvoiceView::from(&after.state))?.etag(after.version)).await
}
