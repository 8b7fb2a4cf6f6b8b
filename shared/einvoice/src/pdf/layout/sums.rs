//! Below the table: the tax per rate on the left, the sums on the right.

use super::{Composer, LEFT, RIGHT};
use crate::document::{Category, Kind, TaxSum};
use crate::error::Error;
use crate::pdf::canvas::Style;

const NAME_WIDTH: f32 = 110.0;
const BASE: f32 = LEFT + 185.0;
const TAX: f32 = LEFT + 255.0;
const FIGURE: f32 = 66.0;
const SUMS: f32 = RIGHT - 215.0;

impl Composer<'_> {
    pub(super) fn sums(&mut self) -> Result<(), Error> {
        // The tax per rate rarely has more than a few lines; otherwise it continues on the next
        // page.
        let lines = self.document.taxes.len() + self.document.accounting_tax.iter().len();
        self.y += 14.0;
        self.need((lines as f32 * 26.0 + 30.0).clamp(105.0, 400.0))?;
        let top = self.y;
        let below_sums = self.totals(top)?;
        let page = self.pages.len();
        self.taxes()?;
        if self.pages.len() == page {
            self.y = self.y.max(below_sums);
        }
        self.y += 18.0;
        Ok(())
    }

    fn totals(&mut self, top: f32) -> Result<f32, Error> {
        let (labels, language, currency) = (self.labels, self.language, &self.document.currency);
        let totals = self.document.totals;
        let mut lines =
            vec![(labels.net, totals.net), (labels.tax, totals.tax), (labels.gross, totals.gross)];
        // A credit note shows the credited amount, however it was paid out.
        let credit = self.document.kind == Kind::CreditNote;
        if totals.paid != 0 && !credit {
            lines.push((labels.paid, -totals.paid));
        }
        let body = self.body();
        let mut y = top;
        for (label, amount) in lines {
            self.column(label, SUMS, y, 100.0, body)?;
            self.figure(&language.money(amount, currency), RIGHT, y, 105.0, body)?;
            y += body.leading() + 2.5;
        }
        let accent = self.accent();
        self.page.bar(SUMS, y + 2.0, RIGHT - SUMS, 1.5, accent);
        y += 8.0;
        let (label, amount) =
            if credit { (labels.credit, totals.gross) } else { (labels.due, totals.due) };
        let large = Style { size: 11.0, ..self.strong() };
        let next = self.column(label, SUMS, y, 102.0, large)?;
        self.figure(&language.money(amount, currency), RIGHT, y, 110.0, large)?;
        Ok(next)
    }

    fn taxes(&mut self) -> Result<(), Error> {
        let (labels, style) = (self.labels, self.label());
        self.column(labels.taxes, LEFT, self.y, NAME_WIDTH, style)?;
        self.figure(labels.base, BASE, self.y, FIGURE, style)?;
        self.figure(labels.tax, TAX, self.y, FIGURE, style)?;
        self.y += style.leading() + 3.0;
        self.page.bar(LEFT, self.y, TAX - LEFT, 0.4, Self::faint());
        self.y += 4.0;
        for sum in &self.document.taxes {
            self.tax(sum)?;
        }
        if let Some(other) = &self.document.accounting_tax {
            self.need(self.body().leading())?;
            let text = format!("{} ({})", labels.tax, other.currency.code);
            self.column(&text, LEFT, self.y, NAME_WIDTH, self.body())?;
            self.figure(
                &self.language.amount(other.tax, &other.currency),
                TAX,
                self.y,
                FIGURE,
                self.body(),
            )?;
            self.y += self.body().leading();
        }
        Ok(())
    }

    fn tax(&mut self, sum: &TaxSum) -> Result<(), Error> {
        let (language, currency, body) = (self.language, &self.document.currency, self.body());
        self.need(40.0)?;
        let category = self.category(sum);
        let mut next = self.column(&category, LEFT, self.y, NAME_WIDTH, body)?;
        self.figure(&language.amount(sum.base, currency), BASE, self.y, FIGURE, body)?;
        self.figure(&language.amount(sum.tax, currency), TAX, self.y, FIGURE, body)?;
        let reason = sum
            .exemption
            .as_ref()
            .and_then(|exemption| exemption.reason.as_deref().or(exemption.code.as_deref()));
        if let Some(reason) = reason.filter(|reason| *reason != category) {
            next = self.column(reason, LEFT, next, TAX - LEFT, self.small())?;
        }
        self.y = next + 2.0;
        Ok(())
    }

    fn category(&self, sum: &TaxSum) -> String {
        let labels = self.labels;
        match sum.category {
            Category::Standard => {
                format!("{} {}", labels.standard, self.language.percent(sum.rate))
            }
            Category::Zero => labels.zero.to_owned(),
            Category::Exempt => labels.exempt.to_owned(),
            Category::ReverseCharge => labels.reverse_charge.to_owned(),
            Category::IntraCommunity => labels.intra_community.to_owned(),
            Category::Export => labels.export.to_owned(),
            Category::OutsideScope => labels.outside_scope.to_owned(),
        }
    }
}
