//! Conversion of an invoice to a printable document, and printing.

mod lines;
mod parties;
#[cfg(test)]
mod tests;

use builder_core::invoices::{Buyer, Content, Invoice, InvoiceKind, payment_reference};
use builder_core::money::Currency as Code;
use builder_core::settings::Branding;
use builder_einvoice::{
    Accent, Account, Currency, Document, Error, Kind, Language, Logo, Look, Means, Payment, Pdf,
    Preceding, Supplied, Totals, Violation,
};
use jiff::SignedDuration;

/// A printed document.
pub(crate) struct Printed {
    /// The file.
    pub pdf: Pdf,
    /// The rules of EN 16931 that it violates. If empty, it is an electronic invoice.
    pub broken: Vec<Violation>,
    /// Why the logo could not be printed.
    pub spoiled_logo: Option<String>,
}

/// Prints a document: as an electronic invoice if it complies with EN 16931, otherwise as a plain
/// PDF; with its logo, if that can be printed.
///
/// # Errors
/// The reason why neither can be created.
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

/// Converts an invoice to a document. The result depends only on its state when it was issued, not
/// on later changes.
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
        supplied: content.supplied_on.map(Supplied::On),
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
        payment: payment(content, settled),
        payment_terms: terms(content).filter(|_| !settled),
        notes: note(content).into_iter().collect(),
    }
}

/// Returns how a document was paid, or how an open invoice is to be paid: by transfer to the
/// seller's account, with a reference that banks check.
fn payment(content: &Content, settled: bool) -> Option<Payment> {
    if settled {
        let means = Means::Online;
        return Some(Payment { means, description: None, account: None, reference: None });
    }
    let company = &content.seller.company;
    let open = content.kind == InvoiceKind::Invoice;
    let account = company.bank_account.as_ref().filter(|_| open)?;
    Some(Payment {
        means: if content.currency == Code::EURO { Means::SepaTransfer } else { Means::Transfer },
        description: None,
        account: Some(Account {
            iban: account.iban.as_str().to_owned(),
            bic: account.bic.clone(),
            holder: account.holder.clone().or_else(|| Some(content.seller.name.clone())),
        }),
        reference: Some(payment_reference(&content.number)),
    })
}

/// Returns the look of a document, from the settings at the time of printing.
pub(crate) fn look(content: &Content, branding: &Branding, logo: Option<Logo>) -> Look {
    Look {
        logo,
        accent: branding.color.as_deref().and_then(Accent::from_hex).unwrap_or_default(),
        footer: content.footer.clone(),
        language: Language::default(),
    }
}

/// The maximum clock skew between two machines: a payment this much later than its invoice still
/// counts as made before it.
const SKEW: SignedDuration = SignedDuration::from_secs(1);

/// Returns whether nothing was due when the document was issued. The credit note of a voided
/// invoice offsets an amount that was due, so it isn't settled.
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
        "This invoice charges the amount of credit note {} of {} again because the refund was not \
         carried out.",
        corrected.number, corrected.issued_on
    ))
}

/// Returns the payment terms of the credit note of a voided invoice.
fn terms(content: &Content) -> Option<String> {
    let corrected =
        content.corrects.as_ref().filter(|_| content.kind == InvoiceKind::CreditNote)?;
    Some(format!("Invoice {} is void. No payment is due.", corrected.number))
}
