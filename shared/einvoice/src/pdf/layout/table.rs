//! The table of lines. Its header is repeated on every page; a line is moved to the next page as a
//! whole, if it fits on one.

use super::{BOTTOM, Composer, LEFT, RIGHT, TOP};
use crate::document::{Category, Line as Item};
use crate::error::Error;
use crate::pdf::canvas::Style;
use crate::text::Line;

const ITEM: f32 = LEFT + 30.0;
const ITEM_WIDTH: f32 = 198.0;
/// The right edges of the number columns, and their widths.
const QUANTITY: (f32, f32) = (RIGHT - 199.0, 62.0);
const PRICE: (f32, f32) = (RIGHT - 118.0, 76.0);
const RATE: (f32, f32) = (RIGHT - 80.0, 34.0);
const AMOUNT: (f32, f32) = (RIGHT, 76.0);
/// The space above and below a line.
const SPACE: f32 = 4.5;

impl Composer<'_> {
    pub(super) fn table(&mut self) -> Result<(), Error> {
        self.table_head()?;
        for item in &self.document.lines {
            self.row(item)?;
        }
        Ok(())
    }

    fn table_head(&mut self) -> Result<(), Error> {
        let (labels, style) = (self.labels, self.label());
        let price = format!("{} ({})", labels.unit_price, self.document.currency.code);
        let amount = format!("{} ({})", labels.amount, self.document.currency.code);
        self.column(labels.position, LEFT, self.y, ITEM - LEFT, style)?;
        self.column(labels.item, ITEM, self.y, ITEM_WIDTH, style)?;
        let columns =
            [(labels.quantity, QUANTITY), (&price, PRICE), (labels.rate, RATE), (&amount, AMOUNT)];
        for (label, (right, width)) in columns {
            self.figure(label, right, self.y, width, style)?;
        }
        self.y += style.leading() + 3.0;
        let accent = self.accent();
        self.page.bar(LEFT, self.y, RIGHT - LEFT, 0.8, accent);
        self.y += 0.8;
        Ok(())
    }

    fn row(&mut self, item: &Item) -> Result<(), Error> {
        let text = self.describe(item)?;
        let height: f32 = text.iter().map(|(_, style)| style.leading()).sum::<f32>() + 2.0 * SPACE;
        let whole_page = BOTTOM - TOP - 60.0;
        let first = text.first().map_or(0.0, |(_, style)| style.leading()) + 2.0 * SPACE;
        self.need_row(if height > whole_page { first } else { height })?;
        self.y += SPACE;
        self.figures(item)?;
        for (line, style) in text {
            self.need_row(style.leading() + SPACE)?;
            self.page.left(line, ITEM, self.y, style);
            self.y += style.leading();
        }
        self.y += SPACE;
        self.page.bar(LEFT, self.y, RIGHT - LEFT, 0.4, Self::faint());
        Ok(())
    }

    fn need_row(&mut self, height: f32) -> Result<(), Error> {
        if self.y + height <= BOTTOM {
            return Ok(());
        }
        self.turn()?;
        self.table_head()
    }

    /// Returns the name, number, description and discount of a line.
    fn describe(&self, item: &Item) -> Result<Vec<(Line, Style)>, Error> {
        let mut text = Vec::new();
        let mut add = |content: &str, style: Style| -> Result<(), Error> {
            text.extend(
                self.wrap(content, style, ITEM_WIDTH)?.into_iter().map(|line| (line, style)),
            );
            Ok(())
        };
        add(&item.name, self.body())?;
        if let Some(sku) = &item.sku {
            add(&format!("{} {sku}", self.labels.sku), self.small())?;
        }
        if let Some(description) = &item.description {
            add(description, self.small())?;
        }
        if let Some(discount) = &item.discount {
            let amount = self.language.money(-discount.amount, &self.document.currency);
            add(
                &format!("{}: {} ({amount})", self.labels.discount, discount.reason),
                self.small(),
            )?;
        }
        Ok(text)
    }

    fn figures(&mut self, item: &Item) -> Result<(), Error> {
        let (language, currency, style) = (self.language, &self.document.currency, self.body());
        let unit = language.unit(&item.unit);
        let quantity = match unit {
            "" => language.number(item.quantity),
            unit => format!("{}\u{a0}{unit}", language.number(item.quantity)),
        };
        // Lines outside the scope of VAT have no rate.
        let rate = if item.category == Category::OutsideScope {
            "–".to_owned()
        } else {
            language.percent(item.rate)
        };
        let (price, amount) =
            (language.amount(item.unit_price, currency), language.amount(item.net, currency));
        let columns = [(quantity, QUANTITY), (price, PRICE), (rate, RATE), (amount, AMOUNT)];
        // Smaller, on the same baseline.
        self.figure(&item.position, LEFT + 20.0, self.y + 1.05, 20.0, self.small())?;
        for (text, (right, width)) in columns {
            self.figure(&text, right, self.y, width, style)?;
        }
        Ok(())
    }
}
