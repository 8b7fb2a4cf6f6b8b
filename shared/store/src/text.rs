//! Text that people type: the characters that are allowed in it.
//!
//! Names appear in mails, on invoices and in consoles, among other text. A character that changes
//! the direction of the following text, or ends the line, could make it read differently ("Trojan
//! Source", CVE-2021-42574), so none is allowed.

/// Returns whether a character is forbidden in a text: a control character, one of the
/// bidirectional controls (`Bidi_Control` of Unicode's UAX 9), a line or paragraph separator, or a
/// byte order mark.
#[must_use]
pub fn is_forbidden(character: char) -> bool {
    let directs = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || directs || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Checks that this is one line of text that begins with a visible character and contains no
/// character that [`is_forbidden`].
///
/// # Errors
/// What to change.
pub fn check_line(text: &str) -> Result<(), &'static str> {
    if text.starts_with(char::is_whitespace) || text.contains(is_forbidden) {
        return Err(
            "must begin with a visible character, and must not contain control characters, line \
             breaks, or characters that change the direction of text",
        );
    }
    Ok(())
}

/// Checks that this is text of one or more lines, separated by line feeds, without characters that
/// [`is_forbidden`].
///
/// # Errors
/// What to change.
pub fn check_lines(text: &str) -> Result<(), &'static str> {
    if text.contains(|character| character != '\n' && is_forbidden(character)) {
        return Err(
            "must not contain control characters other than line feeds, or characters that change \
             the direction of text",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_must_begin_visibly_without_controls() {
        for good in
            ["a", "Müllerstraße 3 (Hof)", "日本語", "עברית", "نص", "a  b", "👩‍👩‍👧", "می‌خواهم", "\""]
        {
            assert_eq!(check_line(good), Ok(()), "{good:?}");
        }
        for bad in [" a", "\u{a0}a", "\na", "a\nb", "a\tb", "a\u{0}", "\u{7f}", "a\u{85}b"] {
            assert!(check_line(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn direction_and_line_controls_are_rejected() {
        let all = ['\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{feff}'];
        for character in
            all.into_iter().chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}')
        {
            for text in [format!("{character}a"), format!("a{character}"), format!("a{character}b")]
            {
                assert!(check_line(&text).is_err() && check_lines(&text).is_err(), "{text:?}");
            }
        }
        assert_eq!(check_lines("one\ntwo"), Ok(()));
        assert!(check_lines("one\r\ntwo").is_err());
    }
}
