//! Below the sums: payment details and notes.

use super::{Composer, LEFT, RIGHT};
use crate::document::{Means, Payment};
use crate::error::Error;

/// The left edge of the values of payment details.
const VALUE: f32 = LEFT + 100.0;

impl Composer<'_> {
    pub(super) fn details(&mut self) -> Result<(), Error> {
        let document = self.document;
        let mut facts = Vec::new();
        if let Some(payment) = &document.payment {
            facts = self.payment(payment);
        }
        if !facts.is_empty() || document.payment_terms.is_some() {
            self.title(self.labels.payment)?;
            for (label, value) in facts {
                self.need(self.body().leading())?;
                self.column(label, LEFT, self.y + 0.9, VALUE - LEFT - 6.0, self.small())?;
                self.y = self.column(&value, VALUE, self.y, RIGHT - VALUE, self.body())? + 1.0;
            }
            self.paragraph(document.payment_terms.as_deref().unwrap_or_default())?;
            self.y += 12.0;
        }
        if !document.notes.is_empty() {
            self.title(self.labels.notes)?;
            for note in &document.notes {
                self.paragraph(note)?;
                self.y += 4.0;
            }
        }
        Ok(())
    }

    fn payment(&self, payment: &Payment) -> Vec<(&'static str, String)> {
        let labels = self.labels;
        let means = match payment.means {
            Means::Transfer | Means::SepaTransfer => Some(labels.transfer),
            Means::Card => Some(labels.card),
            Means::Online => Some(labels.online),
            Means::Cash => Some(labels.cash),
            Means::Unspecified => None,
        };
        let account = payment.account.as_ref();
        let facts = [
            (labels.means, payment.description.clone().or(means.map(str::to_owned))),
            (labels.account_holder, account.and_then(|account| account.holder.clone())),
            ("IBAN", account.map(|account| in_fours(&account.iban))),
            ("BIC", account.and_then(|account| account.bic.clone())),
            (labels.reference, payment.reference.clone()),
        ];
        facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
    }

    /// Adds a heading, with room for at least the first line of what follows.
    fn title(&mut self, text: &str) -> Result<(), Error> {
        self.need(40.0)?;
        self.y = self.column(text, LEFT, self.y, RIGHT - LEFT, self.label())? + 2.0;
        Ok(())
    }

    fn paragraph(&mut self, text: &str) -> Result<(), Error> {
        let style = self.body();
        for line in self.wrap(text, style, RIGHT - LEFT)? {
            self.need(style.leading())?;
            self.page.left(line, LEFT, self.y, style);
            self.y += style.leading();
        }
        Ok(())
    }
}

/// Formats an IBAN for print: in groups of four (ISO 13616).
fn in_fours(iban: &str) -> String {
    let mut text = String::new();
    for (index, character) in
        iban.chars().filter(|character| !character.is_whitespace()).enumerate()
    {
        if index > 0 && index.is_multiple_of(4) {
            text.push('\u{a0}');
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn ibans_are_grouped() {
        assert_eq!(
            super::in_fours("DE02 120300000000202051"),
            "DE02\u{a0}1203\u{a0}0000\u{a0}0000\u{a0}2020\u{a0}51"
        );
        assert_eq!(super::in_fours(""), "");
    }
}
