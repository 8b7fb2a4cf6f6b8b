//! Letters about invoices and credit notes.

use builder_core::invoices::store::{buyer, find};
use builder_core::invoices::{Invoice, InvoiceKind, InvoiceStatus, payment_reference};
use builder_core::ports::documents::file_name;
use builder_runtime::Work;
use builder_store::aggregate::Owner;
use builder_store::error::Fault;
use builder_store::event::Envelope;
use serde_json::json;

use crate::letter::{Enclosed, Letter};

/// Returns the letter for an event of an invoice, if it still applies, to the buyer's address at
/// the time of issue. The current state of the invoice is read, since it may have changed since the
/// event.
pub(crate) async fn letter(work: &Work, event: &Envelope) -> Result<Option<Letter>, Fault> {
    let id = event.aggregate_id.parse()?;
    let invoice = find(work.table(), Owner::Any, id).await?.state;
    let Some(template) = template(&event.kind, &invoice) else { return Ok(None) };
    let buyer = buyer(work.table(), id).await?;
    if buyer.email.is_empty() {
        return Ok(None);
    }
    let said = &invoice.content;
    let content = json!({
        "name": buyer.name,
        "invoice": {
            "number": said.number,
            "status": invoice.status,
            "total": said.total,
            "dueOn": said.due_on,
            "corrects": said.corrects,
            "account": said.seller.company.bank_account,
            "reference": payment_reference(&said.number),
        },
    });
    let name = file_name(&invoice.content.number);
    Ok(Some(Letter {
        to: buyer.email,
        template,
        content,
        enclosed: invoice.file.map(|file| Enclosed { name, file }),
    }))
}

/// Returns the template for an event, if it causes a letter.
fn template(event: &str, invoice: &Invoice) -> Option<&'static str> {
    let document = match invoice.content.kind {
        InvoiceKind::Invoice => "invoice",
        InvoiceKind::CreditNote => "credit-note",
    };
    match event {
        // An invoice that has been voided in the meantime is not sent; its credit note is.
        "invoice.filed" => (invoice.status != InvoiceStatus::Void).then_some(document),
        "invoice.sending_requested" => Some(document),
        "invoice.reminded" => (invoice.status == InvoiceStatus::Open).then_some("invoice-reminder"),
        _ => None,
    }
}
