//! `GET /api/v1/invoices/{id}`

use builder_core::id::InvoiceId;
use builder_core::invoices::store;
use builder_core::keys::INVOICE;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};

use crate::owner;
use crate::view::InvoiceDetails;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "get-invoice",
            "/api/v1/invoices/{id}",
            Access::Permit(Permission::InvoicesRead),
            get_invoice,
        )
        .summary("Retrieve an invoice or credit note")
        .description("Returns one of the caller's documents; admins can retrieve any document.")
        .with_etag(),
        Resources::new().get([INVOICE]),
    )
}

async fn get_invoice(call: Call) -> Result<Reply<InvoiceDetails>> {
    let id: InvoiceId = call.path("id")?;
    let invoice = store::find(call.table(), owner(call.caller()?), id).await?;
    let buyer = store::buyer(call.table(), id).await?;
    Ok(Reply::ok(&InvoiceDetails::new(&invoice.state, buyer))?.etag(invoice.version))
}
