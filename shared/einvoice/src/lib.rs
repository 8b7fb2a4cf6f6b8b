//! Electronic invoices and credit notes.
//!
//! From a [`Document`], [`xml`] creates the XML of EN 16931 in the syntax Cross Industry Invoice,
//! and [`pdf`] a readable PDF/A-3b with that XML embedded: Factur-X 1.0, which is the same as
//! ZUGFeRD 2, in the profile EN 16931. Both first check the rules of the standard that the
//! document's content can violate. The same input produces the same bytes: dates are the
//! document's, and nothing is random.
//!
//! The crate includes fonts for most living scripts. [`Pdf::missing`] lists the characters that
//! they lack.

mod amount;
mod document;
mod error;
mod language;
mod look;
mod pdf;
mod text;
mod validate;
mod xml;

pub use document::{
    Account, AccountingTax, Address, Category, Contact, Currency, Delivery, Discount, Document,
    ElectronicAddress, Exemption, Kind, Line, Means, Party, Payment, Preceding, Supplied, TaxSum,
    Totals,
};
pub use error::{Error, Violation};
pub use language::Language;
pub use look::{Accent, Logo, Look};
pub use pdf::{ATTACHMENT, Pdf};

use validate::{Purpose, check};

/// Creates the XML of a document.
///
/// # Errors
///
/// [`Error::Invalid`] with all rules that the document violates.
pub fn xml(document: &Document) -> Result<String, Error> {
    check(document, Purpose::EInvoice)?;
    Ok(xml::write(document))
}

/// Creates the PDF of a document, with its XML embedded.
///
/// # Errors
///
/// [`Error::Invalid`] with all rules that the document violates, [`Error::Logo`] for an invalid
/// logo.
pub fn pdf(document: &Document, look: &Look) -> Result<Pdf, Error> {
    pdf::make(document, look, Some(xml(document)?))
}

/// Creates the PDF of a document without XML. It isn't an e-invoice. It is for documents that EN
/// 16931 doesn't allow, but people can read:
///
/// - amounts with three decimals (BR-DEC-09 and others): 0.005 KWD can only be invoiced on paper;
/// - sellers and buyers of whom only the name is known: addresses may be empty, and no registration
///   or tax number is required;
/// - tax that doesn't match the rate (BR-CO-17), as on a credit note of a few minor units.
///
/// All sums are checked as for an e-invoice.
///
/// # Errors
///
/// As [`pdf`], except for these.
pub fn paper(document: &Document, look: &Look) -> Result<Pdf, Error> {
    check(document, Purpose::Paper)?;
    pdf::make(document, look, None)
}
