//! An invoice as the printer takes it.

mod lines;
mod parties;
#[cfg(test)]
mod tests;

use builder_core::invoices::{Buyer, Content, Invoice, InvoiceKind};
use builder_core::settings::Branding;
use builder_einvoice::{
    Accent, Currency, Document, Error, Kind, Language, Logo, Look, Means, Payment, Pdf, Preceding,
    Supplied, Totals, Violation,
};
use jiff::SignedDuration;

/// A printed document.
pub(crate) struct Printed {
    /// The file.
    pub pdf: Pdf,
    /// The rules of EN 16931 that it breaks. None: it is an electronic invoice.
    pub broken: Vec<Violation>,
    /// Why the logo isn't on it, if there is one.
    pub spoiled_logo: Option<String>,
}

/// Prints a document: as an electronic invoice if EN 16931 has room for what it says, else for
/// people to read; with its logo, if that can be printed.
///
/// # Errors
/// Why neither can be made.
pub(crate) fn print(document: &Document, look: Look) -> Result<Printed, Error> {
    match attempt(document, &look) {
        Err(Error::Logo(reason)) if look.logo.is_some() => {
            let printed = attempt(document, &Look { logo: None, ..look })?;
            Ok(Printed { spoiled_logo: Some(reason), ..printed })
        }
        made => made,
    }
}

fn attempt(document: &Document, look: &Look) -> Result<Printed, Error> {
    let printed = |pdf, broken| Printed { pdf, broken, spoiled_logo: None };
    match builder_einvoice::pdf(document, look) {
        Err(Error::Invalid(broken)) => {
            builder_einvoice::paper(document, look).map(|pdf| printed(pdf, broken))
        }
        made => made.map(|pdf| printed(pdf, Vec::new())),
    }
}

/// What a document says. It depends only on what was frozen when it was issued, not on what became
/// of it since.
pub(crate) fn document(invoice: &Invoice, buyer: &Buyer) -> Document {
    let content = &invoice.content;
    let settled = is_settled(invoice);
    let (paid, due) = if settled { (content.total.amount, 0) } else { (0, content.total.amount) };
    Document {
        kind: match content.kind {
            InvoiceKind::Invoice => Kind::Invoice,
            InvoiceKind::CreditNote => Kind::CreditNote,
        },
        number: content.number.clone(),
        issued_on: content.issued_on,
        due_on: content.due_on.filter(|_| !settled),
        supplied: Some(Supplied::On(content.issued_on)),
        currency: Currency {
            code: content.currency.code().to_owned(),
            exponent: u8::try_from(content.currency.decimals()).unwrap_or(u8::MAX),
        },
        accounting_tax: None,
        seller: parties::seller(&content.seller),
        buyer: parties::buyer(buyer, content.user_id),
        delivered_to: parties::delivery(buyer).filter(|_| content.corrects.is_none()),
        buyer_reference: None,
        purchase_order: None,
        sales_order: Some(content.order_id.to_string()),
        preceding_invoice: content.corrects.as_ref().map(|corrected| Preceding {
            number: corrected.number.clone(),
            issued_on: Some(corrected.issued_on),
        }),
        lines: content
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| lines::line(index, line))
            .collect(),
        taxes: content.taxes.iter().map(lines::tax).collect(),
        totals: Totals {
            net: content.subtotal.amount,
            tax: content.tax.amount,
            gross: content.total.amount,
            paid,
            due,
        },
        payment: settled.then_some(Payment {
            means: Means::Online,
            description: None,
            account: None,
            reference: None,
        }),
        payment_terms: terms(content).filter(|_| !settled),
        notes: note(content).into_iter().collect(),
    }
}

/// How a document looks: as the settings say when it is printed.
pub(crate) fn look(content: &Content, branding: &Branding, logo: Option<Logo>) -> Look {
    Look {
        logo,
        accent: branding.color.as_deref().and_then(Accent::from_hex).unwrap_or_default(),
        footer: content.footer.clone(),
        language: Language::default(),
    }
}

/// How much later than an invoice its payment may seem to be, though it was there before: clocks of
/// two machines differ.
const SKEW: SignedDuration = SignedDuration::from_secs(1);

/// Whether nothing was open when it was issued. The credit note of a void invoice settles what that
/// one asked for, so it is as open as that was.
fn is_settled(invoice: &Invoice) -> bool {
    match invoice.content.kind {
        InvoiceKind::Invoice => {
            invoice.paid_at.is_some_and(|at| at.duration_since(invoice.content.created_at) < SKEW)
        }
        InvoiceKind::CreditNote => invoice.content.refund_id.is_some(),
    }
}

fn note(content: &Content) -> Option<String> {
    let corrected = content.corrects.as_ref().filter(|_| content.kind == InvoiceKind::Invoice)?;
    Some(format!(
        "This invoice charges again what credit note {} of {} took back, since the refund was not \
         carried out.",
        corrected.number, corrected.issued_on
    ))
}

/// What is to be done about the credit note of a void invoice.
fn terms(content: &Content) -> Option<String> {
    let corrected =
        content.corrects.as_ref().filter(|_| content.kind == InvoiceKind::CreditNote)?;
    Some(format!("Invoice {} is void. Nothing is to be paid.", corrected.number))
}
