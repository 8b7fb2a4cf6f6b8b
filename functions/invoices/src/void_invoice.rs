//! `POST /api/v1/invoices/{id}/void`

use builder_core::id::InvoiceId;
use builder_core::invoices::store::{self, Issuer};
use builder_core::keys::{INVOICE, ORDER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Precondition, Reply, Result, Route, retry_on_conflict,
};
use builder_store::aggregate::Owner;
use builder_store::error::Error;

use crate::issuer::{self, issuer};
use crate::view::InvoiceView;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/invoices/{id}/void";
    Function::new(
        Route::post("void-invoice", path, Access::Permit(Permission::InvoicesAdmin), void_invoice)
            .summary("Void an invoice")
            .description("Cancels an open invoice with a credit note for the full amount.")
            .error(
                "invoice-not-voidable",
                "Only open invoices can be voided. To correct a paid invoice, refund its payment.",
            )
            .accepts_if_match()
            .with_etag(),
        issuer::resources().get([INVOICE]).check([ORDER]),
    )
}

async fn void_invoice(call: Call) -> Result<Reply<InvoiceView>> {
    let (id, wanted) = (call.path("id")?, call.if_match_if_sent()?);
    let issuer = issuer(call.table(), call.env()).await.map_err(Error::Internal)?;
    match wanted {
        // With `If-Match`, a concurrent change is an error rather than retried.
        Some(wanted) => Ok(Box::pin(attempt(&call, id, &issuer, Some(&wanted))).await?),
        None => Ok(Box::pin(retry_on_conflict(|| attempt(&call, id, &issuer, None))).await?),
    }
}

async fn attempt(
    call: &Call,
    id: InvoiceId,
    issuer: &Issuer,
    wanted: Option<&Precondition>,
) -> builder_store::Result<Reply<InvoiceView>> {
    let invoice = store::find(call.table(), Owner::Any, id).await?;
    if let Some(wanted) = wanted {
        wanted.check(invoice.version)?;
    }
    let (commit, after) =
        Box::pin(store::void(call.table(), &call.context(), issuer, &invoice)).await?;
    call.commit(commit, Reply::ok(&InvoiceView::from(&after.state))?.etag(after.version)).await
}
