//! Contact details of people and companies, and their VAT IDs.

mod address;
mod country;
mod vat_id;

pub use address::Address;
pub use country::Country;
pub use vat_id::VatId;

/// The maximum number of characters of a line of an address, or of the name of a person, a company
/// or a town.
pub const LINE_LENGTH: usize = 100;
/// The maximum number of characters of a postal code.
pub const POSTAL_CODE_LENGTH: usize = 20;
/// The maximum number of lines of an address, besides the name, the town and the country.
pub const ADDRESS_LINES: usize = 4;

/// Checks that this is one line of text, according to [`builder_store::text::check_line`], without
/// angle brackets.
///
/// # Errors
/// What to change.
pub fn check_line(text: &str) -> Result<(), &'static str> {
    if text.contains(['<', '>']) {
        return Err("must not contain angle brackets");
    }
    builder_store::text::check_line(text)
}

/// Checks that this is a telephone number, as in E.164 with the usual separators: 5 to 30 digits,
/// spaces and separators, optionally after a plus sign.
///
/// # Errors
/// What to change.
pub fn check_phone(text: &str) -> Result<(), &'static str> {
    let number = text.strip_prefix('+').unwrap_or(text);
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let all = number.bytes().all(|byte| byte.is_ascii_digit() || b" ()./-".contains(&byte));
    if (5..=30).contains(&number.len())
        && all
        && digit(number.as_bytes().first())
        && digit(number.as_bytes().last())
    {
        return Ok(());
    }
    Err("must be a telephone number such as +49 30 1234567")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        for good in ["a", "12 St James's Square", "Müllerstraße 3 (Hof)", "é"] {
            assert_eq!(check_line(good), Ok(()), "{good:?}");
        }
        for bad in [" a", "\na", "a\nb", "a\tb", "\u{7f}", "a\u{85}b", "<b>", "\u{a0}a"] {
            assert!(check_line(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_telephone_number_is_digits() {
        for good in ["+49 30 1234567", "030/123-45", "12345", "+1 (212) 555-0100"] {
            assert_eq!(check_phone(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "+",
            "1234",
            "+49 30 abc",
            "(030) 12345 ",
            "++49123456",
            "1234567890123456789012345678901",
        ] {
            assert!(check_phone(bad).is_err(), "{bad}");
        }
    }
}
