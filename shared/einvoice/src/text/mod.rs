//! Text in any script: which fonts, in which order, with which glyphs, broken into lines.

mod clean;
mod faces;
mod fonts;
mod itemize;
mod line;
mod wrap;

pub(crate) use fonts::{Fonts, Weight};
pub(crate) use line::Line;
pub(crate) use wrap::wrap;
