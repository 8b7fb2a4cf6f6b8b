//! The languages of a PDF: its labels, and its formats of amounts and dates.

mod labels;

use jiff::civil::Date;
use rust_decimal::Decimal;

pub(crate) use labels::Labels;

use crate::amount::{Separators, grouped, grouped_number};
use crate::document::Currency;

/// The language of the PDF. The XML has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
}

/// Prevents line breaks between a number and its unit.
const NO_BREAK: char = '\u{a0}';
const NARROW_NO_BREAK: char = '\u{202f}';

impl Language {
    /// Returns the language of a BCP 47 tag, by its first subtag: `de-AT` is German.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "de" => Some(Self::German),
            "fr" => Some(Self::French),
            _ => None,
        }
    }

    /// Returns the BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    pub(crate) fn labels(self) -> &'static Labels {
        match self {
            Self::English => &labels::ENGLISH,
            Self::German => &labels::GERMAN,
            Self::French => &labels::FRENCH,
        }
    }

    fn separators(self) -> Separators {
        match self {
            Self::English => Separators { thousands: ',', decimal: '.' },
            Self::German => Separators { thousands: '.', decimal: ',' },
            Self::French => Separators { thousands: NARROW_NO_BREAK, decimal: ',' },
        }
    }

    /// Formats an amount without its currency, for columns: `1,234.50`.
    pub(crate) fn amount(self, amount: i64, currency: &Currency) -> String {
        grouped(amount, currency.exponent, self.separators())
    }

    /// Formats an amount with its currency: `EUR 1,234.50` or `1.234,50 EUR`.
    pub(crate) fn money(self, amount: i64, currency: &Currency) -> String {
        let (code, text) = (&currency.code, self.amount(amount, currency));
        match self {
            Self::English => format!("{code}{NO_BREAK}{text}"),
            Self::German | Self::French => format!("{text}{NO_BREAK}{code}"),
        }
    }

    /// Formats a quantity: `1,234.5`.
    pub(crate) fn number(self, value: Decimal) -> String {
        grouped_number(value, self.separators())
    }

    /// Formats a rate: `19%` or `19 %`.
    pub(crate) fn percent(self, value: Decimal) -> String {
        let text = self.number(value);
        match self {
            Self::English => format!("{text}%"),
            Self::German => format!("{text}{NO_BREAK}%"),
            Self::French => format!("{text}{NARROW_NO_BREAK}%"),
        }
    }

    /// Formats a date: `21 November 2026`, `21.11.2026`, `21/11/2026`.
    pub(crate) fn date(self, date: Date) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        match self {
            Self::English => {
                let name = usize::try_from(month - 1)
                    .ok()
                    .and_then(|index| labels::MONTHS.get(index))
                    .unwrap_or(&"");
                format!("{day}{NO_BREAK}{name}{NO_BREAK}{year}")
            }
            Self::German => format!("{day:02}.{month:02}.{year:04}"),
            Self::French => format!("{day:02}/{month:02}/{year:04}"),
        }
    }

    /// Returns the unit of a quantity as text, or its code if it is a rare one. Counted items have
    /// no unit.
    pub(crate) fn unit(self, code: &str) -> &str {
        let [english, german, french] = match code {
            "C62" | "H87" | "EA" | "XPP" => return "",
            "HUR" => ["h", "Std.", "h"],
            "DAY" => ["days", "Tage", "j"],
            "WEE" => ["weeks", "Wo.", "sem."],
            "MON" => ["months", "Mon.", "mois"],
            "ANN" => ["years", "J.", "ans"],
            "KGM" => return "kg",
            "GRM" => return "g",
            "MTR" => return "m",
            "KMT" => return "km",
            "LTR" => return "l",
            "KWH" => return "kWh",
            "LS" => ["flat", "psch.", "forf."],
            other => return other,
        };
        match self {
            Self::English => english,
            Self::German => german,
            Self::French => french,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::Language::{English, French, German};
    use super::*;

    #[test]
    fn numbers_and_dates_are_formatted_per_language() {
        let euro = Currency { code: "EUR".into(), exponent: 2 };
        let yen = Currency { code: "JPY".into(), exponent: 0 };
        let dinar = Currency { code: "KWD".into(), exponent: 3 };
        assert_eq!(English.money(-123_456, &euro), "EUR\u{a0}\u{2212}1,234.56");
        assert_eq!(German.money(123_456, &euro), "1.234,56\u{a0}EUR");
        assert_eq!(French.money(123_456, &euro), "1\u{202f}234,56\u{a0}EUR");
        assert_eq!(German.money(1_234_567, &yen), "1.234.567\u{a0}JPY");
        assert_eq!(English.money(1_234_567, &dinar), "KWD\u{a0}1,234.567");
        let rate = Decimal::new(550, 2);
        assert_eq!(
            [English, German, French].map(|l| l.percent(rate)),
            ["5.5%", "5,5\u{a0}%", "5,5\u{202f}%"]
        );
        let day = date(2026, 3, 5);
        assert_eq!(
            [English, German, French].map(|l| l.date(day)),
            ["5\u{a0}March\u{a0}2026", "05.03.2026", "05/03/2026"]
        );
    }

    #[test]
    fn languages_are_parsed_from_tags() {
        for language in [English, German, French] {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
        assert_eq!(Language::from_tag("de-AT"), Some(German));
        assert_eq!(Language::from_tag("FR"), Some(French));
        assert_eq!(Language::from_tag("nl"), None);
    }
}
