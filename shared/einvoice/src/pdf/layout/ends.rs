//! The header of each page except the first, and the footer of all pages.

use super::{Composer, FOOT, LEFT, RIGHT, TOP};
use crate::error::Error;
use crate::pdf::canvas::{Page, Style};
use crate::pdf::title;

/// The maximum number of lines between the footer's rule and the edge of the page.
const FOOT_LINES: usize = 4;

impl Composer<'_> {
    pub(super) fn running_head(&mut self) -> Result<(), Error> {
        let style = self.small();
        let text = format!("{} {}", title(self.document, self.look), self.document.number);
        // Each gets one line, however long the names are.
        for (text, right) in [(text, false), (self.document.seller.name.clone(), true)] {
            if let Some(line) = self.wrap(&text, style, 235.0)?.into_iter().next() {
                if right {
                    self.page.right(line, RIGHT, TOP, style);
                } else {
                    self.page.left(line, LEFT, TOP, style);
                }
            }
        }
        self.y = TOP + style.leading() + 14.0;
        Ok(())
    }

    /// Adds the footers, now that the number of pages is known.
    pub(super) fn finish(mut self) -> Result<Vec<Page>, Error> {
        let pages = std::mem::take(&mut self.pages);
        let all: Vec<Page> = pages.into_iter().chain([std::mem::take(&mut self.page)]).collect();
        let count = all.len();
        let mut finished = Vec::with_capacity(count);
        for (index, page) in all.into_iter().enumerate() {
            self.page = page;
            self.foot(index + 1, count)?;
            finished.push(std::mem::take(&mut self.page));
        }
        Ok(finished)
    }

    fn foot(&mut self, number: usize, count: usize) -> Result<(), Error> {
        let style = Style { size: 7.5, ..self.small() };
        self.page.bar(LEFT, FOOT, RIGHT - LEFT, 0.4, Self::faint());
        let mut y = FOOT + 6.0;
        if let Some(text) = &self.look.footer {
            for line in self.wrap(text, style, RIGHT - LEFT - 80.0)?.into_iter().take(FOOT_LINES) {
                self.page.left(line, LEFT, y, style);
                y += style.leading();
            }
        }
        let labels = self.labels;
        let text = format!("{} {number} {} {count}", labels.page, labels.of_pages);
        self.figure(&text, RIGHT, FOOT + 6.0, 75.0, style)
    }
}
