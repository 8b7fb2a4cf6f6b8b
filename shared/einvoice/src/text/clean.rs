//! Characters that are not shown.

/// Whether a character has no look of its own, so no font need have it: joiners, variation
/// selectors, marks of direction, tags.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

/// A paragraph with white space as plain spaces, and without the byte order mark, which PDF/A
/// forbids as a text of a glyph.
pub(super) fn clean(paragraph: &str) -> String {
    let spaced = |character| match character {
        '\t' | '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{feff}' => None,
        other => Some(other),
    };
    paragraph.trim().chars().filter_map(spaced).collect()
}
