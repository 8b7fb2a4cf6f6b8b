//! Text in any script: selection of fonts, order, shaping, and line breaks.

mod clean;
mod faces;
mod fonts;
mod itemize;
mod line;
mod wrap;

pub(crate) use fonts::{Fonts, Weight};
pub(crate) use line::Line;
pub(crate) use wrap::wrap;
