//! The fonts, each parsed when it is first used.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

use harfrust::ShaperData;
use krilla::text::Font;
use skrifa::charmap::Charmap;
use skrifa::{FontRef, MetadataProvider};
use unicode_script::Script;

use super::clean::is_invisible;
use super::faces::{FILES, FaceId, of_script};
use crate::error::Error;

/// The weight of text. Scripts other than Latin, Greek and Cyrillic have only one weight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// A parsed font.
pub(super) struct Face {
    /// For the PDF.
    pub(super) font: Font,
    /// For shaping.
    pub(super) tables: FontRef<'static>,
    pub(super) shaper: ShaperData,
    characters: Charmap<'static>,
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let tables = FontRef::from_index(bytes, 0).ok()?;
        let font = Font::new(bytes.into(), 0)?;
        Some(Self { font, shaper: ShaperData::new(&tables), characters: tables.charmap(), tables })
    }

    fn has(&self, character: char) -> bool {
        self.characters.map(character).is_some_and(|glyph| glyph.to_u32() != 0)
    }
}

/// All fonts, for one document.
pub(crate) struct Fonts {
    faces: Vec<OnceCell<Face>>,
    missing: RefCell<BTreeSet<char>>,
}

impl Fonts {
    pub(crate) fn new() -> Self {
        Self { faces: FILES.iter().map(|_| OnceCell::new()).collect(), missing: RefCell::default() }
    }

    /// Returns a font, which is parsed on first use.
    ///
    /// # Errors
    ///
    /// The file isn't a font: a defect of this crate, which a test would find.
    pub(super) fn face(&self, id: FaceId) -> Result<&Face, Error> {
        let index = id as usize;
        let unread = || Error::Pdf(format!("font {id:?} can't be read"));
        let cell = self.faces.get(index).ok_or_else(unread)?;
        if let Some(face) = cell.get() {
            return Ok(face);
        }
        let (_, bytes) = FILES.get(index).ok_or_else(unread)?;
        let face = Face::read(bytes).ok_or_else(unread)?;
        Ok(cell.get_or_init(|| face))
    }

    /// Returns the preferred fonts for text of `script`. Characters without a script, such as
    /// spaces, digits and most punctuation, look the same in the whole document; if the plain font
    /// lacks one, that of the preceding script may contain it.
    pub(super) fn first(script: Script, before: Script, weight: Weight) -> [FaceId; 2] {
        let plain = if weight == Weight::Bold { FaceId::SansBold } else { FaceId::Sans };
        let made_for = |script| match of_script(script) {
            FaceId::Sans => plain,
            other => other,
        };
        if script == Script::Common { [plain, made_for(before)] } else { [made_for(script), plain] }
    }

    /// Returns a font that contains all characters of a grapheme, if there is one.
    pub(super) fn covering(&self, text: &str, first: [FaceId; 2]) -> Result<Option<FaceId>, Error> {
        let next = [FaceId::Emoji, FaceId::Symbols2, FaceId::Symbols, FaceId::EastAsian];
        let all = FILES.iter().map(|(id, _)| *id);
        for id in first.into_iter().chain(next).chain(all) {
            let face = self.face(id)?;
            if text.chars().all(|character| is_invisible(character) || face.has(character)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Records a character that no font contains.
    pub(super) fn miss(&self, character: char) {
        self.missing.borrow_mut().insert(character);
    }

    /// Returns the recorded characters, in order.
    pub(crate) fn missing(&self) -> Vec<char> {
        self.missing.borrow().iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_can_be_parsed_and_embedded() {
        let fonts = Fonts::new();
        for (id, _) in FILES {
            assert!(fonts.face(*id).is_ok(), "{id:?}");
        }
        assert!(fonts.face(FaceId::Sans).unwrap().has(super::super::faces::REPLACEMENT));
        assert!(fonts.face(FaceId::SansBold).unwrap().has(super::super::faces::REPLACEMENT));
    }
}
