//! A line of text as glyphs, in visual order.

use std::ops::Range;

use harfrust::{Direction, Script, ShapeOptions, Tag, UnicodeBuffer};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use unicode_bidi::ParagraphBidiInfo;

use super::faces::{FaceId, REPLACEMENT};
use super::fonts::{Fonts, Weight};
use super::itemize::{Item, itemize};
use crate::error::Error;

/// A line.
pub(crate) struct Line {
    /// The runs, from left to right.
    pub(crate) runs: Vec<Run>,
    /// The width at size 1.
    pub(crate) width: f32,
}

/// A part of a line in one font.
pub(crate) struct Run {
    pub(crate) font: Font,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    /// The text that the glyphs' ranges refer to.
    pub(crate) text: String,
    /// The width at size 1.
    pub(crate) width: f32,
}

impl Line {
    /// Shapes `range` of a paragraph.
    pub(super) fn shape(
        fonts: &Fonts,
        text: &str,
        bidi: &ParagraphBidiInfo<'_>,
        range: Range<usize>,
        weight: Weight,
    ) -> Result<Self, Error> {
        let mut runs = Vec::new();
        if !range.is_empty() {
            let (levels, visual) = bidi.visual_runs(range);
            for part in visual {
                let backwards = levels.get(part.start).is_some_and(|level| level.is_rtl());
                let mut items = itemize(fonts, text, part, weight)?;
                if backwards {
                    items.reverse();
                }
                for item in &items {
                    runs.push(shape(fonts, text, item, backwards, weight)?);
                }
            }
        }
        let width = runs.iter().map(|run| run.width).sum();
        Ok(Self { runs, width })
    }
}

fn shape(
    fonts: &Fonts,
    text: &str,
    item: &Item,
    backwards: bool,
    weight: Weight,
) -> Result<Run, Error> {
    let original = &text[item.range.clone()];
    let mut replacement = [0; 4];
    let (shown, id) = match item.face {
        Some(id) => (original, id),
        None => (
            &*REPLACEMENT.encode_utf8(&mut replacement),
            if weight == Weight::Bold { FaceId::SansBold } else { FaceId::Sans },
        ),
    };
    let face = fonts.face(id)?;
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(shown);
    buffer.set_direction(if backwards { Direction::RightToLeft } else { Direction::LeftToRight });
    if let Ok(tag) = Tag::new_checked(item.script.short_name().as_bytes())
        && let Some(script) = Script::from_iso15924_tag(tag)
    {
        buffer.set_script(script);
    }
    let shaped = face.shaper.shaper(&face.tables).build().shape(buffer, ShapeOptions::new());

    let mut starts: Vec<usize> =
        shaped.glyph_infos().iter().map(|glyph| glyph.cluster as usize).collect();
    starts.sort_unstable();
    let em = face.font.units_per_em();
    let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(glyph, at)| {
        let start = glyph.cluster as usize;
        let end = starts
            .get(starts.partition_point(|other| *other <= start))
            .copied()
            .unwrap_or(shown.len());
        let range = if item.face.is_some() { start..end } else { 0..original.len() };
        let [advance, x, y, down] =
            [at.x_advance, at.x_offset, at.y_offset, at.y_advance].map(|value| value as f32 / em);
        KrillaGlyph::new(GlyphId::new(glyph.glyph_id), advance, x, y, down, range, None)
    });
    let glyphs: Vec<_> = glyphs.collect();
    let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
    Ok(Run { font: face.font.clone(), glyphs, text: original.to_owned(), width })
}
