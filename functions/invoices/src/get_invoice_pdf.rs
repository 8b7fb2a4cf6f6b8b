//! `GET /api/v1/invoices/{id}/pdf`

use builder_core::id::InvoiceId;
use builder_core::invoices::store;
use builder_core::keys::INVOICE;
use builder_core::ports::documents::{Documents, URL_LIFE, file_name};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Problem, Reply, Resources, Result, Route};
use builder_store::error::Error;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::owner;

/// The `Retry-After` for a file that is being written, in seconds.
const SOON: &str = "2";

/// The download link of an invoice's PDF.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoicePdf {
    /// The URL. It requires no credentials, so anyone who has it can read the file.
    #[schema(
        format = "uri",
        example = "https://documents.s3.eu-central-1.amazonaws.com/invoices/inv_01h455vb4pex5vsknk084sn02q.pdf?X-Amz-Expires=300"
    )]
    url: String,
    /// When the link expires.
    #[schema(value_type = String, format = DateTime, example = "2026-11-22T12:05:00Z")]
    expires_at: Timestamp,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/invoices/{id}/pdf";
    Function::new(
        Route::get(
            "get-invoice-pdf",
            path,
            Access::Permit(Permission::InvoicesRead),
            get_invoice_pdf,
        )
        .summary("Retrieve the PDF of an invoice or credit note")
        .description(
            "Returns a URL that is valid for five minutes. A browser that navigates here is \
             redirected to it (303). Admins can retrieve any PDF.",
        )
        .may_lead_elsewhere()
        .error_for_now("invoice-not-ready", "The PDF is still being created. Try again shortly."),
        Resources::new().get_objects("DOCUMENTS_BUCKET", "invoices/").get([INVOICE]),
    )
}

async fn get_invoice_pdf(call: Call) -> Result<Reply<InvoicePdf>> {
    let id: InvoiceId = call.path("id")?;
    let invoice = store::find(call.table(), owner(call.caller()?), id).await?.state;
    let file = match invoice.written() {
        Ok(file) => file,
        Err(error) => return Err(Problem::from(error).header("retry-after", SOON.to_owned())),
    };
    let bucket = call.env().require("DOCUMENTS_BUCKET")?;
    let documents = call.app().get_or_init(|| Documents::new(call.app().aws().s3(), bucket));
    let url = documents.url(file, &file_name(&invoice.content.number), call.now()).await?;
    if call.is_navigation() {
        return Ok(Reply::see_other(url));
    }
    let expires_at = call.now().checked_add(URL_LIFE).map_err(Error::internal)?;
    Ok(Reply::ok(&InvoicePdf { url, expires_at })?)
}
