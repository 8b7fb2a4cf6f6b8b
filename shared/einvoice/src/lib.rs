//! Electronic invoices and credit notes.
//!
//! From a [`Document`], [`xml`] makes the XML of EN 16931 in the syntax Cross Industry Invoice, and
//! [`pdf`] a PDF/A-3b to read with that XML in it: Factur-X 1.0, which is ZUGFeRD 2, in the profile
//! EN 16931. Both first check the rules of the standard that the document's content could break.
//! The same input makes the same bytes: dates are the document's, nothing is random.
//!
//! The fonts are in the crate, for most living scripts. [`Pdf::missing`] tells what they lack.

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

/// Makes the XML of a document.
///
/// # Errors
///
/// [`Error::Invalid`] with all rules that the document breaks.
pub fn xml(document: &Document) -> Result<String, Error> {
    check(document, Purpose::EInvoice)?;
    Ok(xml::write(document))
}

/// Makes the PDF of a document, with its XML in it.
///
/// # Errors
///
/// [`Error::Invalid`] with all rules that the document breaks, [`Error::Logo`] for a logo that
/// can't be used.
pub fn pdf(document: &Document, look: &Look) -> Result<Pdf, Error> {
    pdf::make(document, look, Some(xml(document)?))
}

/// Makes the PDF of a document without XML. It is no e-invoice. It is for what EN 16931 has no room
/// for, but a person can read:
///
/// - amounts with three decimals (BR-DEC-09 and others): 0.005 KWD can be billed on paper only;
/// - sellers and buyers of whom no more than the name is known: addresses may be empty, and nobody
///   needs a number of a register or of a tax office;
/// - tax that isn't the rate's (BR-CO-17), as on a credit note of a few minor units.
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
