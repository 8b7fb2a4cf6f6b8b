//! `POST /api/v1/invoices/{id}/send`

use builder_core::id::InvoiceId;
use builder_core::invoices::store;
use builder_core::keys::INVOICE;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Precondition, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::aggregate::Owner;

use crate::view::InvoiceView;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/invoices/{id}/send";
    Function::new(
        Route::post("send-invoice", path, Access::Permit(Permission::InvoicesAdmin), send_invoice)
            .summary("Resend an invoice or credit note")
            .description(
                "Sends the document to the buyer by e-mail again. The first time, it is sent \
                 automatically.",
            )
            .error(
                "invoice-not-ready",
                "The PDF is still being created. It is sent as soon as it is ready.",
            )
            .accepts_if_match()
            .with_etag(),
        Resources::new().get([INVOICE]).put([INVOICE]),
    )
}

async fn send_invoice(call: Call) -> Result<Reply<InvoiceView>> {
    let (id, wanted) = (call.path("id")?, call.if_match_if_sent()?);
    match wanted {
        // With `If-Match`, a concurrent change is an error rather than retried.
        Some(wanted) => Ok(attempt(&call, id, Some(&wanted)).await?),
        None => Ok(retry_on_conflict(|| attempt(&call, id, None)).await?),
    }
}

async fn attempt(
    call: &Call,
    id: InvoiceId,
    wanted: Option<&Precondition>,
) -> builder_store::Result<Reply<InvoiceView>> {
    let invoice = store::find(call.table(), Owner::Any, id).await?;
    if let Some(wanted) = wanted {
        wanted.check(invoice.version)?;
    }
    let (commit, after) =
        store::change(&call.context(), &invoice, &[invoice.state.send(call.context().at)?])?;
    call.commit(commit, Reply::ok(&InvoiceView::from(&after.state))?.etag(after.version)).await
}
