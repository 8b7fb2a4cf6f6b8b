//! Exact tax rates in percent.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A tax rate in percent: 0, or from 1 to 100, with at most four decimals. Written without
/// superfluous zeros: `19`, `7.5`.
///
/// A rate between 0 and 1 is refused: no country levies one on goods, and `0.19` almost always
/// means 19 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxRate(Decimal);

/// The reason why a text isn't a tax rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaxRateError {
    /// It isn't a percentage in the API's format.
    #[error(
        "must be a percentage from 0 to 100 with at most {} decimals, as text, such as \"19\" or \
         \"7.5\"",
        TaxRate::DECIMALS
    )]
    Malformed,
    /// It is between 0 and 1, like a fraction.
    #[error("is below 1 %: give the rate in percent, such as \"{percent}\" for {percent} %")]
    Fraction {
        /// The value that was probably intended, in percent.
        percent: Decimal,
    },
}

impl TaxRate {
    /// The maximum number of decimals of a percentage.
    pub const DECIMALS: u32 = 4;
    /// A rate of 100 % in the unit of [`Self::millionths`].
    pub const WHOLE: i128 = 1_000_000;
    /// The format of a rate, as a regular expression of JSON Schema.
    pub const PATTERN: &str = r"^(0(\.0{1,4})?|100(\.0{1,4})?|[1-9][0-9]?(\.[0-9]{1,4})?)$";

    /// Returns the rate in millionths: 75 000 for 7.5 %. This is exact, because percentages have at
    /// most four decimals.
    #[must_use]
    pub fn millionths(self) -> i128 {
        self.0.mantissa() * 10i128.pow(Self::DECIMALS.saturating_sub(self.0.scale()))
    }
}

impl FromStr for TaxRate {
    type Err = TaxRateError;

    fn from_str(text: &str) -> Result<Self, TaxRateError> {
        // `Decimal` accepts more than the API: signs, underscores, leading zeros and points.
        let (whole, decimals) =
            text.split_once('.').map_or((text, None), |(whole, decimals)| (whole, Some(decimals)));
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let plain = digits(whole, 3) && (whole == "0" || !whole.starts_with('0'));
        if !plain || !decimals.is_none_or(|decimals| digits(decimals, Self::DECIMALS as usize)) {
            return Err(TaxRateError::Malformed);
        }
        let rate = Decimal::from_str_exact(text).map_err(|_| TaxRateError::Malformed)?;
        if rate > Decimal::ONE_HUNDRED {
            return Err(TaxRateError::Malformed);
        }
        if !rate.is_zero() && rate < Decimal::ONE {
            return Err(TaxRateError::Fraction {
                percent: (rate * Decimal::ONE_HUNDRED).normalize(),
            });
        }
        Ok(Self(rate.normalize()))
    }
}

impl fmt::Display for TaxRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for TaxRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TaxRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for TaxRate {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some(
                "A percentage with at most four decimals, as a string to avoid rounding: 0, or \
                 from 1 to 100. `19` is 19 %.",
            ))
            .pattern(Some(Self::PATTERN))
            .examples([serde_json::json!("19"), serde_json::json!("7.5")])
            .into()
    }
}
impl utoipa::ToSchema for TaxRate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact_and_formatted_without_trailing_zeros() {
        for (text, written, millionths) in [
            ("19", "19", 190_000),
            ("7.50", "7.5", 75_000),
            ("0", "0", 0),
            ("0.0000", "0", 0),
            ("1.0001", "1.0001", 10_001),
            ("100.0000", "100", 1_000_000),
            ("10", "10", 100_000),
        ] {
            let rate: TaxRate = text.parse().unwrap();
            assert_eq!(
                (rate.to_string().as_str(), rate.millionths()),
                (written, millionths),
                "{text}"
            );
        }
    }

    #[test]
    fn malformed_rates_are_rejected() {
        for text in [
            "", "-1", "+1", "100.0001", "101", "1.", ".5", "1.00000", "01", "1e1", "1_0", " 1",
            "1 ", "١", "7,5",
        ] {
            assert_eq!(text.parse::<TaxRate>(), Err(TaxRateError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_fraction_is_rejected_with_the_intended_percentage() {
        for (text, meant) in [
            ("0.19", "19"),
            ("0.07", "7"),
            ("0.075", "7.5"),
            ("0.9999", "99.99"),
            ("0.0001", "0.01"),
            ("0.10", "10"),
        ] {
            let error = text.parse::<TaxRate>().unwrap_err().to_string();
            assert!(error.contains(&format!("\"{meant}\" for {meant} %")), "{error}");
        }
    }
}
