//! Breaks text into lines.

use std::ops::Range;

use unicode_bidi::ParagraphBidiInfo;
use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation;

use super::clean::clean;
use super::fonts::{Fonts, Weight};
use super::line::Line;
use crate::error::Error;

/// Breaks `text` into lines that are at most `width` wide, in units of the size. A line break in
/// the text starts a new paragraph. Text without spaces that is too wide is broken between
/// graphemes.
pub(crate) fn wrap(
    fonts: &Fonts,
    text: &str,
    weight: Weight,
    width: f32,
) -> Result<Vec<Line>, Error> {
    let mut lines = Vec::new();
    for paragraph in text
        .split(['\n', '\u{2028}', '\u{2029}'])
        .map(clean)
        .filter(|paragraph| !paragraph.is_empty())
    {
        // The first strong character determines the direction of the paragraph.
        let bidi = ParagraphBidiInfo::new(&paragraph, None);
        let paragraph = Paragraph { fonts, text: &paragraph, bidi, weight };
        for range in paragraph.breaks(width)? {
            let range = range.start..range.start + paragraph.text[range].trim_end().len();
            lines.push(paragraph.line(range)?);
        }
    }
    Ok(lines)
}

struct Paragraph<'a> {
    fonts: &'a Fonts,
    text: &'a str,
    bidi: ParagraphBidiInfo<'a>,
    weight: Weight,
}

impl Paragraph<'_> {
    fn line(&self, range: Range<usize>) -> Result<Line, Error> {
        Line::shape(self.fonts, self.text, &self.bidi, range, self.weight)
    }

    fn width(&self, range: Range<usize>) -> Result<f32, Error> {
        Ok(self.line(range)?.width)
    }

    /// Fills each line with as many words as fit.
    fn breaks(&self, width: f32) -> Result<Vec<Range<usize>>, Error> {
        let mut lines = Vec::new();
        if self.width(0..self.text.len())? <= width {
            lines.push(0..self.text.len());
            return Ok(lines);
        }
        let (mut line, mut used) = (0..0, 0.0);
        for (end, _) in linebreaks(self.text) {
            let word = line.end..end;
            let seen = line.end + self.text[word.clone()].trim_end().len();
            if used + self.width(line.end..seen)? > width && !line.is_empty() {
                lines.push(std::mem::replace(&mut line, word.start..word.start));
                used = 0.0;
            }
            if line.is_empty() && self.width(word.start..seen)? > width {
                (line.start, used) = self.tear(word.start..seen, width, &mut lines)?;
                used += self.width(seen..end)?;
            } else {
                used += self.width(word)?;
            }
            line.end = end;
        }
        if !line.is_empty() {
            lines.push(line);
        }
        Ok(lines)
    }

    /// Breaks a word that is wider than a line. Returns where the last part begins, and its width.
    fn tear(
        &self,
        word: Range<usize>,
        width: f32,
        lines: &mut Vec<Range<usize>>,
    ) -> Result<(usize, f32), Error> {
        let (mut start, mut used) = (word.start, 0.0);
        for (offset, grapheme) in self.text[word.clone()].grapheme_indices(true) {
            let at = word.start + offset;
            let wide = self.width(at..at + grapheme.len())?;
            if used + wide > width && at > start {
                lines.push(start..at);
                (start, used) = (at, 0.0);
            }
            used += wide;
        }
        Ok((start, used))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, width: f32) -> Vec<String> {
        let lines = wrap(&Fonts::new(), text, Weight::Regular, width).unwrap();
        lines.iter().map(|line| line.runs.iter().map(|run| run.text.as_str()).collect()).collect()
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(shown("one two three four", 4.5), ["one two", "three", "four"]);
        assert_eq!(shown("one\ntwo", 50.0), ["one", "two"]);
        assert_eq!(shown("  \n \n", 50.0), [""; 0]);
    }

    #[test]
    fn long_words_are_broken() {
        let lines = shown(&"x".repeat(40), 5.0);
        assert!(lines.len() > 3 && lines.concat() == "x".repeat(40), "{lines:?}");
        assert_eq!(shown("日本語日本語日本語", 4.0), ["日本語日", "本語日本", "語"]);
    }

    #[test]
    fn runs_are_in_visual_order() {
        // In logical order: Latin, Hebrew, Latin. The base direction is that of the first letter.
        let line = shown("abc שלום def", 50.0);
        assert_eq!(line, ["abc שלום def"]);
        let line = shown("שלום abc", 50.0);
        assert_eq!(line, ["abc שלום"], "the first word must be on the right");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn lines_contain_all_text_within_their_width(text in "[a-zA-Zà-üα-ωа-я一-三ا-ي ]{0,60}", width in 3.0_f32..20.0) {
            let fonts = Fonts::new();
            let lines = wrap(&fonts, &text, Weight::Regular, width).unwrap();
            let mut seen: Vec<char> = lines.iter().flat_map(|line| &line.runs).flat_map(|run| run.text.chars()).collect();
            let mut meant: Vec<char> = text.chars().collect();
            seen.retain(|c| *c != ' ');
            meant.retain(|c| *c != ' ');
            seen.sort_unstable();
            meant.sort_unstable();
            prop_assert_eq!(seen, meant);
            // A broken Arabic word may be slightly wider than its separate letters.
            prop_assert!(lines.iter().all(|line| line.width <= width * 1.3), "{:?}", lines.iter().map(|l| l.width).collect::<Vec<_>>());
        }
    }
}
