//! The top of the first page: logo, title, seller and buyer, numbers and dates.

use super::{BOTTOM, Composer, LEFT, RIGHT, TOP};
use crate::document::{Address, Kind, Party, Supplied};
use crate::error::{Error, Violation};
use crate::pdf::canvas::{Mark, Style};
use crate::pdf::{logo, title};
use crate::text::Weight;

const COLUMN: f32 = 150.0;
const BUYER: f32 = LEFT + 163.0;
const FACTS: f32 = LEFT + 326.0;

impl Composer<'_> {
    pub(super) fn heading(&mut self) -> Result<(), Error> {
        let document = self.document;
        let name = Style { size: 12.0, ..self.strong() };
        let below_name = self.column(&document.seller.name, LEFT, TOP, 300.0, name)?;
        let mut below_logo = TOP;
        if let Some(logo) = &self.look.logo {
            let logo::Sized { image, width, height } = logo::read(logo)?;
            self.page.marks.push(Mark::Picture { image, x: RIGHT - width, y: TOP, width, height });
            below_logo += height;
        }
        let headline = Style { size: 24.0, weight: Weight::Bold, color: self.ink() };
        self.y = below_name.max(below_logo) + 26.0;
        self.y =
            self.column(title(document, self.look), LEFT, self.y, RIGHT - LEFT, headline)? + 4.0;
        let accent = self.accent();
        self.page.bar(LEFT, self.y, RIGHT - LEFT, 1.5, accent);
        self.y += 14.0;

        let seller = self.party(self.labels.seller, &document.seller, LEFT)?;
        let mut buyer = self.party(self.labels.buyer, &document.buyer, BUYER)?;
        if let Some(delivered) = &document.delivered_to {
            buyer =
                self.column(self.labels.delivered_to, BUYER, buyer + 8.0, COLUMN, self.label())?
                    + 2.0;
            if let Some(name) = &delivered.name {
                buyer = self.column(name, BUYER, buyer, COLUMN, self.body())?;
            }
            buyer = self.address(&delivered.address, BUYER, buyer)?;
        }
        let facts = self.facts()?;
        self.y = seller.max(buyer).max(facts) + 22.0;
        if self.y <= BOTTOM {
            return Ok(());
        }
        // Required content of an invoice is never omitted silently.
        let message = "must leave room on the first page, together with the buyer";
        Err(Error::Invalid(vec![Violation { field: "seller".into(), rule: "layout", message }]))
    }

    fn party(&mut self, label: &str, party: &Party, x: f32) -> Result<f32, Error> {
        let mut y = self.column(label, x, self.y, COLUMN, self.label())? + 2.0;
        y = self.column(&party.name, x, y, COLUMN, self.strong())?;
        y = self.address(&party.address, x, y)?;
        let labels = self.labels;
        let numbers = [
            (labels.vat_id, &party.vat_id),
            (labels.tax_number, &party.tax_number),
            (labels.registration, &party.registration),
        ];
        if numbers.iter().any(|(_, value)| value.is_some()) {
            y += 4.0;
        }
        for (label, value) in numbers {
            if let Some(value) = value {
                y = self.column(&format!("{label}\u{a0}{value}"), x, y, COLUMN, self.small())?;
            }
        }
        if let Some(contact) = &party.contact {
            for value in [&contact.name, &contact.phone, &contact.email].into_iter().flatten() {
                y = self.column(value, x, y, COLUMN, self.small())?;
            }
        }
        Ok(y)
    }

    fn address(&mut self, address: &Address, x: f32, mut y: f32) -> Result<f32, Error> {
        for line in &address.lines {
            y = self.column(line, x, y, COLUMN, self.body())?;
        }
        let city: Vec<&str> = [&address.postal_code, &address.city]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let rest =
            [city.join(" "), address.region.clone().unwrap_or_default(), address.country.clone()];
        for line in rest.iter().filter(|line| !line.is_empty()) {
            y = self.column(line, x, y, COLUMN, self.body())?;
        }
        Ok(y)
    }

    /// Adds numbers and dates, with labels on the left and values on the right.
    fn facts(&mut self) -> Result<f32, Error> {
        let (document, labels, language) = (self.document, self.labels, self.language);
        let number = match document.kind {
            Kind::Invoice => labels.invoice_number,
            Kind::CreditNote => labels.credit_note_number,
        };
        let supplied = document.supplied.map(|supplied| match supplied {
            Supplied::On(day) => language.date(day),
            Supplied::Between(first, last) => {
                format!("{} – {}", language.date(first), language.date(last))
            }
        });
        let preceding =
            document.preceding_invoice.as_ref().map(|preceding| match preceding.issued_on {
                Some(date) => format!("{} {} {}", preceding.number, labels.of, language.date(date)),
                None => preceding.number.clone(),
            });
        let facts = [
            (number, Some(document.number.clone())),
            (labels.issued_on, Some(language.date(document.issued_on))),
            (labels.supplied, supplied),
            (labels.due_on, document.due_on.map(|date| language.date(date))),
            (labels.preceding_invoice, preceding),
            (labels.sales_order, document.sales_order.clone()),
            (labels.purchase_order, document.purchase_order.clone()),
            (labels.buyer_reference, document.buyer_reference.clone()),
        ];
        let mut y = self.y;
        for (label, value) in facts {
            let Some(value) = value else { continue };
            y = self.fact(label, &value, FACTS, RIGHT, y)?;
        }
        Ok(y)
    }

    /// Adds a label and a value, on one line if they fit, otherwise with the value on separate
    /// lines. Both may be long.
    pub(super) fn fact(
        &mut self,
        label: &str,
        value: &str,
        left: f32,
        right: f32,
        y: f32,
    ) -> Result<f32, Error> {
        let (small, body) = (self.small(), self.body());
        let width = right - left;
        let names = self.wrap(label, small, width)?;
        let beside = names.last().map_or(0.0, |line| line.width * small.size) + 8.0;
        let mut values = self.wrap(value, body, width - beside)?;
        let mut y = y;
        let last = names.len().saturating_sub(1);
        for (index, line) in names.into_iter().enumerate() {
            self.page.left(line, left, y + 0.9, small);
            y += if index < last { small.leading() } else { 0.0 };
        }
        if values.len() > 1 {
            y += small.leading();
            values = self.wrap(value, body, width)?;
        }
        for line in values {
            self.page.right(line, right, y, body);
            y += body.leading();
        }
        Ok(y + 2.0)
    }
}
