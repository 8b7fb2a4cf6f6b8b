//! The appearance of a PDF.

use crate::language::Language;

/// The appearance of a PDF. It doesn't affect the content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The seller's logo.
    pub logo: Option<Logo>,
    /// The colour of headings and rules: red, green and blue. Headings are black if it is too light
    /// to be read on white.
    pub accent: Accent,
    /// The footer of each page, such as the particulars that a company must state. At most four
    /// lines are shown.
    pub footer: Option<String>,
    /// The language of the labels.
    pub language: Language,
}

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent(pub [u8; 3]);

impl Default for Accent {
    /// Returns a dark blue.
    fn default() -> Self {
        Self([0x1f, 0x3a, 0x5f])
    }
}

impl Accent {
    /// Parses a colour in the form `#1f3a5f`.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| {
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        })?;
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// Returns whether large text in this colour is readable on white: a contrast of at least 3, as
    /// WCAG 2.2 (1.4.3) requires.
    pub(crate) fn is_readable(self) -> bool {
        let linear = |part: u8| {
            let part = f32::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 3.0
    }
}

/// An image of at most 2 MB and 4000 pixels per side. Others are refused with
/// [`Error::Logo`](crate::Error::Logo).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logo {
    /// A PNG file.
    Png(Vec<u8>),
    /// A JPEG file in grey or RGB.
    Jpeg(Vec<u8>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_parsed() {
        assert_eq!(Accent::from_hex("#1F3a5f"), Some(Accent::default()));
        for wrong in ["1f3a5f", "#1f3a5", "#1f3a5g", "#+f3a5f", "#1f3a5f0", "#ääa"] {
            assert_eq!(Accent::from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn light_colours_are_not_readable() {
        assert!(
            Accent::default().is_readable()
                && Accent([0; 3]).is_readable()
                && Accent([200, 0, 0]).is_readable()
        );
        assert!(!Accent([255, 255, 255]).is_readable() && !Accent([255, 220, 0]).is_readable());
    }
}
