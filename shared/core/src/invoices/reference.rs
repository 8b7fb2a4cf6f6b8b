//! Payment references of invoices: structured creditor references (ISO 11649), which banks check
//! and transfer unchanged.

/// The maximum number of characters after the check digits.
const LENGTH: usize = 21;

/// Returns the reference of a document with this number: `RF`, two check digits, and the letters
/// and digits of the number; of a longer number, the last 21.
#[must_use]
pub fn payment_reference(number: &str) -> String {
    let kept: Vec<char> = number
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_uppercase())
        .collect();
    let text: String = kept[kept.len().saturating_sub(LENGTH)..].iter().collect();
    format!("RF{:02}{text}", 98 - remainder(&format!("{text}RF00")))
}

/// Returns the remainder modulo 97 of a text, in which letters count as 10 to 35 (ISO 7064).
fn remainder(text: &str) -> u32 {
    text.chars().filter_map(|character| character.to_digit(36)).fold(0, |rest, digit| {
        let shift = if digit < 10 { 10 } else { 100 };
        (rest * shift + digit) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard.
    #[test]
    fn references_have_check_digits() {
        assert_eq!(payment_reference("539007547034"), "RF18539007547034");
        assert_eq!(payment_reference("000000000539007547034"), "RF18000000000539007547034");
        let reference = payment_reference("INV-2026-000001");
        assert!(reference.starts_with("RF") && reference.ends_with("INV2026000001"));
        assert_eq!(remainder(&format!("{}{}", &reference[4..], &reference[..4])), 1);
    }

    #[test]
    fn long_numbers_are_shortened_to_their_end() {
        let reference = payment_reference(&"1234567890".repeat(3));
        assert_eq!((reference.len(), &reference[4..]), (25, "012345678901234567890"));
    }
}
