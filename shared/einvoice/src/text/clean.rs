//! Characters that are not displayed.

/// Returns whether a character is invisible, so that no font needs to contain it: joiners,
/// variation selectors, direction marks, tags.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

/// Replaces white space in a paragraph by plain spaces, and removes byte order marks, which PDF/A
/// forbids as the text of a glyph.
pub(super) fn clean(paragraph: &str) -> String {
    let spaced = |character| match character {
        '\t' | '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{feff}' => None,
        other => Some(other),
    };
    paragraph.trim().chars().filter_map(spaced).collect()
}
