//! The positions of texts and lines on the pages, before the number of pages is known.

use krilla::color::rgb::Color;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

use crate::error::Error;
use crate::text::{Line, Weight};

/// A4, in points.
pub(super) const WIDTH: f32 = 595.276;
pub(super) const HEIGHT: f32 = 841.89;

/// The style of text.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) weight: Weight,
    pub(super) color: Color,
}

impl Style {
    /// Returns the distance between lines, from the metrics of Noto Sans.
    pub(super) fn leading(self) -> f32 {
        self.size * 1.36
    }

    /// Returns the distance from the top of a line to its baseline.
    fn ascent(self) -> f32 {
        self.size * 1.05
    }
}

/// An element of a page. `y` is the distance of its upper edge from the upper edge of the page.
pub(super) enum Mark {
    Text { line: Line, x: f32, y: f32, style: Style },
    Bar { x: f32, y: f32, width: f32, height: f32, color: Color },
    Picture { image: Image, x: f32, y: f32, width: f32, height: f32 },
}

/// A page.
#[derive(Default)]
pub(super) struct Page {
    pub(super) marks: Vec<Mark>,
}

impl Page {
    /// Adds text that starts at `x`.
    pub(super) fn left(&mut self, line: Line, x: f32, y: f32, style: Style) {
        self.marks.push(Mark::Text { line, x, y, style });
    }

    /// Adds text that ends at `x`.
    pub(super) fn right(&mut self, line: Line, x: f32, y: f32, style: Style) {
        let x = x - line.width * style.size;
        self.left(line, x, y, style);
    }

    pub(super) fn bar(&mut self, x: f32, y: f32, width: f32, height: f32, color: Color) {
        self.marks.push(Mark::Bar { x, y, width, height, color });
    }

    /// Draws the page.
    pub(super) fn draw(self, document: &mut krilla::Document) -> Result<(), Error> {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT)
            .ok_or_else(|| Error::Pdf("A4 is not a valid page size".into()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in self.marks {
            mark.draw(&mut surface);
        }
        surface.finish();
        page.finish();
        Ok(())
    }
}

impl Mark {
    fn draw(self, surface: &mut Surface<'_>) {
        match self {
            Self::Text { line, mut x, y, style } => {
                surface.set_fill(Some(fill(style.color)));
                for run in line.runs {
                    let start = Point::from_xy(x, y + style.ascent());
                    surface.draw_glyphs(start, &run.glyphs, run.font, &run.text, style.size, false);
                    x += run.width * style.size;
                }
            }
            Self::Bar { x, y, width, height, color } => {
                let mut path = PathBuilder::new();
                if let Some(rectangle) = Rect::from_xywh(x, y, width, height) {
                    path.push_rect(rectangle);
                }
                if let Some(path) = path.finish() {
                    surface.set_fill(Some(fill(color)));
                    surface.draw_path(&path);
                }
            }
            Self::Picture { image, x, y, width, height } => {
                if let Some(size) = Size::from_wh(width, height) {
                    surface.push_transform(&Transform::from_translate(x, y));
                    surface.draw_image(image, size);
                    surface.pop();
                }
            }
        }
    }
}

fn fill(color: Color) -> Fill {
    Fill {
        paint: color.into(),
        opacity: NormalizedF32::ONE,
        rule: krilla::paint::FillRule::default(),
    }
}
