//! Lays out a document on pages.

mod details;
mod ends;
mod heading;
mod sums;
mod table;

use krilla::color::rgb::Color;

use super::canvas::{HEIGHT, Page, Style, WIDTH};
use crate::document::Document;
use crate::error::Error;
use crate::language::{Labels, Language};
use crate::look::Look;
use crate::text::{Fonts, Line, Weight, wrap};

/// The edges of the printed area, in points from the upper left of the page.
const LEFT: f32 = 51.0;
const RIGHT: f32 = WIDTH - 51.0;
const TOP: f32 = 44.0;
/// The top of the footer.
const FOOT: f32 = HEIGHT - 78.0;
const BOTTOM: f32 = FOOT - 12.0;

/// The current position, and the data of the layout.
struct Composer<'a> {
    document: &'a Document,
    look: &'a Look,
    language: Language,
    labels: &'static Labels,
    fonts: &'a Fonts,
    pages: Vec<Page>,
    page: Page,
    y: f32,
}

/// Lays out all pages.
pub(super) fn lay_out(document: &Document, look: &Look, fonts: &Fonts) -> Result<Vec<Page>, Error> {
    let language = look.language;
    let labels = language.labels();
    let mut composer = Composer {
        document,
        look,
        language,
        labels,
        fonts,
        pages: Vec::new(),
        page: Page::default(),
        y: TOP,
    };
    composer.heading()?;
    composer.table()?;
    composer.sums()?;
    composer.details()?;
    composer.finish()
}

impl Composer<'_> {
    fn grey() -> Color {
        Color::new(0x59, 0x5f, 0x69)
    }

    fn faint() -> Color {
        Color::new(0xd5, 0xd9, 0xde)
    }

    fn accent(&self) -> Color {
        let [red, green, blue] = self.look.accent.0;
        Color::new(red, green, blue)
    }

    /// Returns the accent for text, or black if it isn't readable.
    fn ink(&self) -> Color {
        if self.look.accent.is_readable() { self.accent() } else { Color::black() }
    }

    fn body(&self) -> Style {
        Style { size: 9.0, weight: Weight::Regular, color: Color::black() }
    }

    fn strong(&self) -> Style {
        Style { weight: Weight::Bold, ..self.body() }
    }

    fn small(&self) -> Style {
        Style { size: 8.0, weight: Weight::Regular, color: Self::grey() }
    }

    fn label(&self) -> Style {
        Style { size: 8.0, weight: Weight::Bold, color: self.ink() }
    }

    fn wrap(&self, text: &str, style: Style, width: f32) -> Result<Vec<Line>, Error> {
        wrap(self.fonts, text, style.weight, width / style.size)
    }

    /// Writes text in a column, and returns the position below it.
    fn column(
        &mut self,
        text: &str,
        x: f32,
        y: f32,
        width: f32,
        style: Style,
    ) -> Result<f32, Error> {
        let mut y = y;
        for line in self.wrap(text, style, width)? {
            self.page.left(line, x, y, style);
            y += style.leading();
        }
        Ok(y)
    }

    /// Writes text on one line that ends at `x`. If it is too wide, its size is reduced.
    fn figure(
        &mut self,
        text: &str,
        x: f32,
        y: f32,
        width: f32,
        style: Style,
    ) -> Result<(), Error> {
        if let Some(line) = wrap(self.fonts, text, style.weight, f32::MAX)?.pop() {
            let fitting = Style { size: style.size.min(width / line.width), ..style };
            // The baseline is the same as in the other columns.
            let lower = y + (style.size - fitting.size) * 1.05;
            self.page.right(line, x, lower, fitting);
        }
        Ok(())
    }

    /// Starts another page unless there is room for `height`.
    fn need(&mut self, height: f32) -> Result<(), Error> {
        if self.y + height > BOTTOM && self.y > TOP { self.turn() } else { Ok(()) }
    }

    /// Starts another page.
    fn turn(&mut self) -> Result<(), Error> {
        self.pages.push(std::mem::take(&mut self.page));
        self.y = TOP;
        self.running_head()
    }
}
