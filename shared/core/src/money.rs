//! Money in minor units, without floating-point numbers.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The maximum amount: 10^13 minor units. Sums of 50 lines of it are well within an `i64`, and
/// within the 2^53 that a JavaScript client can read exactly.
pub const MAX_AMOUNT: i64 = 10_000_000_000_000;

/// An ISO 4217 currency with defined minor units.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro.
    pub const EURO: Self = Self(iso_currency::Currency::EUR);

    /// Returns the currency of a three-letter code in upper case, if it can be charged.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let currency = iso_currency::Currency::from_code(code)?;
        // Codes such as XAU (gold) have no minor unit and can't be charged.
        currency.exponent().map(|_| Self(currency))
    }

    /// Returns the codes of all such currencies, sorted. Slow: for the API's description.
    fn codes() -> impl Iterator<Item = &'static str> {
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(move |a| {
            letters().flat_map(move |b| letters().map(move |c| String::from_iter([a, b, c])))
        });
        codes.filter_map(|code| Self::from_code(&code)).map(Self::code)
    }

    /// Returns the three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Returns the number of decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn decimals(self) -> usize {
        usize::from(self.0.exponent().unwrap_or(2))
    }

    /// Returns the number of minor units in one unit: 100 for EUR, 1 for JPY, 1000 for KWD.
    #[must_use]
    pub fn minor_units(self) -> i64 {
        10_i64.pow(u32::try_from(self.decimals()).unwrap_or(2))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| {
            serde::de::Error::custom("must be an ISO 4217 currency code in upper case, such as EUR")
        })
    }
}
/// [`Currency::codes`], computed once.
static CODES: LazyLock<Vec<&'static str>> = LazyLock::new(|| Currency::codes().collect());

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("An ISO 4217 currency code."))
            .enum_values(Some(CODES.iter().copied()))
            .examples([serde_json::json!("EUR")])
            .into()
    }
}
impl utoipa::ToSchema for Currency {}

/// An amount in the currency's minor units: 1999 in EUR is 19.99 euros.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The amount in minor units, at most 10^13 in absolute value.
    #[schema(minimum = -10_000_000_000_000_i64, maximum = 10_000_000_000_000_i64, example = 1999)]
    pub amount: i64,
    /// The currency code.
    pub currency: Currency,
}

impl Money {
    /// Creates an amount of `amount` minor units of `currency`.
    #[must_use]
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }
}

/// Formats it for people: `19.99 EUR`, `1999 JPY`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let sign = if self.amount < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.amount.unsigned_abs(), width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let point = if decimals > 0 { "." } else { "" };
        write!(f, "{sign}{whole}{point}{fraction} {}", self.currency)
    }
}

/// Returns `dividend / divisor` for numbers that aren't negative, rounded half up.
pub(crate) fn half_up(dividend: i128, divisor: i128) -> i128 {
    (2 * dividend + divisor) / (2 * divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_formatted_with_the_currencys_decimals() {
        let shown =
            |amount, code| Money::new(amount, Currency::from_code(code).unwrap()).to_string();
        assert_eq!(shown(1999, "EUR"), "19.99 EUR");
        assert_eq!(shown(5, "EUR"), "0.05 EUR");
        assert_eq!(shown(-5, "EUR"), "-0.05 EUR");
        assert_eq!(shown(1999, "JPY"), "1999 JPY");
        assert_eq!(shown(1999, "KWD"), "1.999 KWD");
        assert_eq!(shown(0, "JPY"), "0 JPY");
    }

    #[test]
    fn only_chargeable_currencies_are_accepted() {
        let known: Vec<_> = Currency::codes().collect();
        assert!(known.len() > 100 && known.is_sorted() && known.contains(&"EUR"), "{known:?}");
        for code in ["XAU", "EURO", "eur", "", "QQQ"] {
            assert_eq!(Currency::from_code(code), None, "{code}");
        }
    }
}
