//! The rules of EN 16931 that the content of a document can violate. Rules that only its XML could
//! violate are ensured by the way it is written.

mod lines;
mod parties;
mod taxes;
mod totals;

use jiff::civil::Date;

use crate::document::{Currency, Document, Means, Supplied};
use crate::error::{Error, Violation};

/// The purpose of the check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// XML, whose amounts have at most two decimals.
    EInvoice,
    /// Paper, where a currency may have more, a party needs only a name, and tax may have been
    /// rounded in any way.
    Paper,
}

/// Checks every rule.
///
/// # Errors
///
/// All violations.
pub(crate) fn check(document: &Document, purpose: Purpose) -> Result<(), Error> {
    let mut found = Findings::default();
    header(document, &mut found);
    parties::check(document, purpose, &mut found);
    lines::check(document, &mut found);
    taxes::check(document, purpose, &mut found);
    totals::check(document, &mut found);
    payment(document, &mut found);
    if purpose == Purpose::EInvoice {
        totals::decimals(document, &mut found);
    }
    if found.0.is_empty() { Ok(()) } else { Err(Error::Invalid(found.0)) }
}

/// The violations found so far.
#[derive(Default)]
pub(crate) struct Findings(Vec<Violation>);

impl Findings {
    /// Records a violation unless the rule holds.
    fn hold(
        &mut self,
        holds: bool,
        field: impl Into<String>,
        rule: &'static str,
        message: &'static str,
    ) {
        if !holds {
            self.0.push(Violation { field: field.into(), rule, message });
        }
    }

    /// Checks a required text, which must not be blank.
    fn required(&mut self, text: &str, field: &str, rule: &'static str) {
        self.hold(!text.trim().is_empty(), field, rule, "must not be empty");
        self.characters(text, field);
    }

    /// Checks an optional text, which must not be empty: Peppol and the XML Schema reject empty
    /// elements.
    fn optional(&mut self, text: Option<&str>, field: &str) {
        if let Some(text) = text {
            self.required(text, field, "Factur-X");
        }
    }

    fn characters(&mut self, text: &str, field: &str) {
        self.hold(
            text.chars().all(is_xml),
            field,
            "XML 1.0, Char",
            "must not contain control characters",
        );
    }

    fn currency(&mut self, currency: &Currency, field: &str, rule: &'static str) {
        let letters = currency.code.len() == 3
            && currency.code.bytes().all(|letter| letter.is_ascii_uppercase());
        self.hold(letters, format!("{field}.code"), rule, "must be three capital letters");
        self.hold(
            currency.exponent <= 4,
            format!("{field}.exponent"),
            "ISO 4217",
            "must be at most 4",
        );
    }

    fn date(&mut self, date: Date, field: &str) {
        self.hold(
            (1..=9999).contains(&date.year()),
            field,
            "ISO 8601",
            "must be in the years 1 to 9999",
        );
    }
}

/// XML 1.0, production 2. Control characters from U+007F to U+009F and noncharacters, which it
/// allows, are also rejected: no font displays them.
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{7e}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(character, '\u{fdd0}'..='\u{fdef}')
        && u32::from(character) & 0xfffe != 0xfffe
}

fn header(document: &Document, found: &mut Findings) {
    found.required(&document.number, "number", "BR-02");
    found.date(document.issued_on, "issued_on");
    if let Some(date) = document.due_on {
        found.date(date, "due_on");
    }
    match document.supplied {
        Some(Supplied::On(date)) => found.date(date, "supplied"),
        Some(Supplied::Between(first, last)) => {
            found.date(first, "supplied");
            found.date(last, "supplied");
            found.hold(first <= last, "supplied", "BR-29", "must not end before it begins");
        }
        None => {}
    }
    found.currency(&document.currency, "currency", "BR-05");
    if let Some(accounting) = &document.accounting_tax {
        found.currency(&accounting.currency, "accounting_tax.currency", "BR-53");
        let other = accounting.currency.code != document.currency.code;
        found.hold(
            other,
            "accounting_tax.currency",
            "BT-6",
            "must differ from the document's currency",
        );
    }
    found.optional(document.buyer_reference.as_deref(), "buyer_reference");
    found.optional(document.purchase_order.as_deref(), "purchase_order");
    found.optional(document.sales_order.as_deref(), "sales_order");
    if let Some(preceding) = &document.preceding_invoice {
        found.required(&preceding.number, "preceding_invoice.number", "BR-55");
        if let Some(date) = preceding.issued_on {
            found.date(date, "preceding_invoice.issued_on");
        }
    }
    for (index, note) in document.notes.iter().enumerate() {
        found.required(note, &format!("notes[{index}]"), "Factur-X");
    }
}

fn payment(document: &Document, found: &mut Findings) {
    found.optional(document.payment_terms.as_deref(), "payment_terms");
    let when = document.due_on.is_some() || document.payment_terms.is_some();
    found.hold(
        document.totals.due <= 0 || when,
        "due_on",
        "BR-CO-25",
        "must be given if an amount is due, or else payment_terms",
    );
    let Some(payment) = &document.payment else { return };
    found.optional(payment.description.as_deref(), "payment.description");
    found.optional(payment.reference.as_deref(), "payment.reference");
    let transfer = matches!(payment.means, Means::Transfer | Means::SepaTransfer);
    found.hold(
        !transfer || payment.account.is_some(),
        "payment.account",
        "BR-61",
        "must be given for a transfer",
    );
    if let Some(account) = &payment.account {
        found.required(&account.iban, "payment.account.iban", "BR-50");
        found.optional(account.bic.as_deref(), "payment.account.bic");
        found.optional(account.holder.as_deref(), "payment.account.holder");
    }
}
