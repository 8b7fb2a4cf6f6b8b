//! Invoices and credit notes: issuing, reading, sending, voiding, and reminders.

pub mod document;
mod example;
pub mod get_invoice;
pub mod get_invoice_pdf;
pub mod issue_invoice;
pub mod issue_invoices;
mod issuer;
pub mod list_invoices;
pub mod remind_overdue;
pub mod send_invoice;
mod view;
pub mod void_invoice;

use builder_identity::role::Permission;
use builder_runtime::{Caller, Function};
use builder_store::aggregate::Owner;
pub use view::{CreditView, FileView, InvoiceDetails, InvoiceTaxView, InvoiceView};

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        issue_invoices::function(),
        document::write_document::function(),
        remind_overdue::function(),
        list_invoices::function(),
        get_invoice::function(),
        issue_invoice::function(),
        send_invoice::function(),
        void_invoice::function(),
        get_invoice_pdf::function(),
    ]
}

/// Returns whose invoices a caller may see.
fn owner(caller: &Caller) -> Owner {
    if caller.may(Permission::InvoicesAdmin) { Owner::Any } else { Owner::Only(caller.user) }
}
