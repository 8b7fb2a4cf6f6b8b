//! Formats amounts and numbers as text.

use rust_decimal::Decimal;

use crate::document::Currency;

/// Formats minor units as a plain decimal number: 1999 of EUR is `19.99`.
pub(crate) fn plain(amount: i64, currency: &Currency) -> String {
    let (sign, whole, fraction) = parts(amount, currency.exponent);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// As `plain`, but without a third and later decimals, which must be zero.
pub(crate) fn two_decimals(amount: i64, currency: &Currency) -> String {
    let surplus = currency.exponent.saturating_sub(2);
    let divisor = 10_i64.saturating_pow(u32::from(surplus));
    plain(
        amount / divisor,
        &Currency { code: String::new(), exponent: currency.exponent - surplus },
    )
}

/// Formats a decimal number without trailing zeros.
pub(crate) fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

/// The separators in numbers.
#[derive(Clone, Copy)]
pub(crate) struct Separators {
    pub(crate) thousands: char,
    pub(crate) decimal: char,
}

/// Formats minor units for people, with a minus sign (U+2212).
pub(crate) fn grouped(amount: i64, exponent: u8, separators: Separators) -> String {
    let (sign, whole, fraction) = parts(amount, exponent);
    join(!sign.is_empty(), &whole, &fraction, separators)
}

/// Formats a number for people.
pub(crate) fn grouped_number(value: Decimal, separators: Separators) -> String {
    let text = number(value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    join(value.is_sign_negative() && !value.is_zero(), whole, fraction, separators)
}

fn parts(amount: i64, exponent: u8) -> (&'static str, String, String) {
    let decimals = usize::from(exponent);
    let digits = format!("{:0width$}", amount.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    (if amount < 0 { "-" } else { "" }, whole.to_owned(), fraction.to_owned())
}

fn join(negative: bool, whole: &str, fraction: &str, separators: Separators) -> String {
    let mut text = String::from(if negative { "\u{2212}" } else { "" });
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(separators.thousands);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(separators.decimal);
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GERMAN: Separators = Separators { thousands: '.', decimal: ',' };

    fn of(exponent: u8) -> Currency {
        Currency { code: "XXX".into(), exponent }
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        assert_eq!(plain(1999, &of(2)), "19.99");
        assert_eq!(plain(-5, &of(2)), "-0.05");
        assert_eq!(plain(1999, &of(0)), "1999");
        assert_eq!(plain(1999, &of(3)), "1.999");
        assert_eq!(two_decimals(1990, &of(3)), "1.99");
        assert_eq!(two_decimals(-10, &of(3)), "-0.01");
        assert_eq!(two_decimals(7, &of(0)), "7");
        assert_eq!(plain(i64::MIN, &of(2)), "-92233720368547758.08");
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let shown = |amount| grouped(amount, 2, GERMAN);
        assert_eq!(
            [99_999, 100_000, 123_456_789].map(shown),
            ["999,99", "1.000,00", "1.234.567,89"]
        );
        assert_eq!(shown(-5), "\u{2212}0,05");
        assert_eq!(grouped(1_234, 0, GERMAN), "1.234");
        assert_eq!(grouped_number(Decimal::new(-12_345_500, 4), GERMAN), "\u{2212}1.234,55");
        assert_eq!(grouped_number(Decimal::new(0, 0), GERMAN), "0");
    }

    proptest! {
        #[test]
        fn formatted_amounts_can_be_parsed(amount: i64, exponent in 0_u8..=4) {
            let read: Decimal = plain(amount, &of(exponent)).parse().unwrap();
            prop_assert_eq!(read, Decimal::from_i128_with_scale(i128::from(amount), u32::from(exponent)));
            let digits: String = grouped(amount, exponent, GERMAN).replace('.', "").replace(',', ".").replace('\u{2212}', "-");
            prop_assert_eq!(digits, plain(amount, &of(exponent)));
        }

        #[test]
        fn groups_have_three_digits(amount: i64, exponent in 0_u8..=4) {
            let text = grouped(amount, exponent, GERMAN);
            let whole = text.trim_start_matches('\u{2212}').split(',').next().unwrap();
            let mut groups = whole.split('.');
            prop_assert!((1..=3).contains(&groups.next().unwrap().len()));
            prop_assert!(groups.all(|group| group.len() == 3));
        }
    }
}
