//! `GET /api/v1/invoices/{id}/pdf`

use builder_core::id::InvoiceId;
use builder_core::invoices::store;
use builder_core::ports::documents::{Documents, file_name};
use builder_core::users::Permission;
use builder_runtime::{Access, Call, Elsewhere, Function, Problem, Reply, Result, Route};

use crate::owner;

/// How soon to come again for a file that is being written, in seconds.
const SOON: &str = "2";

/// The route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/invoices/{id}/pdf";
    Route::get("get-invoice-pdf", path, Access::Permit(Permission::InvoicesRead), get_invoice_pdf)
        .summary("Where the PDF of an invoice or a credit note of one's own is, for five minutes; admins get all")
        .refuses_for_now("invoice-not-ready", "Its PDF is still being written.")
        .into()
}

async fn get_invoice_pdf(call: Call) -> Result<Reply<Elsewhere>> {
    let id: InvoiceId = call.path("id")?;
    let invoice = store::find(call.table(), owner(call.caller()?), id).await?.state;
    let file = match invoice.written() {
        Ok(file) => file,
        Err(error) => return Err(Problem::from(error).header("retry-after", SOON.to_owned())),
    };
    let bucket = call.env().require("DOCUMENTS_BUCKET")?;
    let documents = call.app().kept_or(|| Documents::new(call.app().aws().s3(), bucket));
    Ok(Reply::see_other(documents.url(file, &file_name(&invoice.content.number)).await?))
}
