//! Splits text into parts with one font and one script.

use std::ops::Range;

use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use super::faces::FaceId;
use super::fonts::{Fonts, Weight};
use crate::error::Error;

/// A part of text that is shaped together.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Item {
    /// The range in the text, in bytes.
    pub(super) range: Range<usize>,
    pub(super) script: Script,
    /// The font, or `None` if no font contains the characters.
    pub(super) face: Option<FaceId>,
}

/// Splits `range` of `text`. Graphemes aren't split if a font contains all their characters.
pub(super) fn itemize(
    fonts: &Fonts,
    text: &str,
    range: Range<usize>,
    weight: Weight,
) -> Result<Vec<Item>, Error> {
    let mut items: Vec<Item> = Vec::new();
    let mut before = Script::Common;
    for (offset, grapheme) in text[range.clone()].grapheme_indices(true) {
        let start = range.start + offset;
        let script = grapheme
            .chars()
            .map(|character| character.script())
            .find(|script| is_own(*script))
            .unwrap_or(Script::Common);
        if is_own(script) {
            before = script;
        }
        let first = Fonts::first(script, before, weight);
        if let Some(face) = fonts.covering(grapheme, first)? {
            push(&mut items, start..start + grapheme.len(), script, Some(face));
            continue;
        }
        for (offset, character) in grapheme.char_indices() {
            let start = start + offset;
            let end = start + character.len_utf8();
            let face = fonts.covering(&text[start..end], first)?;
            if face.is_none() {
                fonts.miss(character);
            }
            push(&mut items, start..end, script, face);
        }
    }
    Ok(items)
}

fn is_own(script: Script) -> bool {
    !matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

/// Extends the last item if font and script are the same. Each character that no font contains is
/// an item of its own, to be replaced individually.
fn push(items: &mut Vec<Item>, range: Range<usize>, script: Script, face: Option<FaceId>) {
    match items.last_mut() {
        Some(last)
            if face.is_some()
                && last.face == face
                && (last.script == script || !is_own(last.script) || !is_own(script)) =>
        {
            last.range.end = range.end;
            if is_own(script) {
                last.script = script;
            }
        }
        _ => items.push(Item { range, script, face }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(&str, Option<FaceId>)> {
        let items = itemize(&Fonts::new(), text, 0..text.len(), Weight::Regular).unwrap();
        items.into_iter().map(|item| (&text[item.range], item.face)).collect()
    }

    #[test]
    fn each_script_is_assigned_its_font() {
        use FaceId::{Arabic, EastAsian, Emoji, Sans};
        assert_eq!(cut("Müller & Söhne"), [("Müller & Söhne", Some(Sans))]);
        assert_eq!(cut("Ωмега"), [("Ω", Some(Sans)), ("мега", Some(Sans))]);
        assert_eq!(cut("Café شركة"), [("Café ", Some(Sans)), ("شركة", Some(Arabic))]);
        assert_eq!(cut("東京 Tower"), [("東京", Some(EastAsian)), (" Tower", Some(Sans))]);
        assert_eq!(cut("한국"), [("한국", Some(EastAsian))]);
        assert_eq!(cut("👩🏽‍💻!"), [("👩🏽‍💻", Some(Emoji)), ("!", Some(Sans))]);
    }

    #[test]
    fn characters_without_a_font_are_recorded() {
        let fonts = Fonts::new();
        let text = "a\u{13000}\u{13001}b";
        let items = itemize(&fonts, text, 0..text.len(), Weight::Bold).unwrap();
        assert_eq!(
            items.iter().map(|item| item.face.is_some()).collect::<Vec<_>>(),
            [true, false, false, true]
        );
        assert_eq!(fonts.missing(), ['\u{13000}', '\u{13001}']);
    }
}
