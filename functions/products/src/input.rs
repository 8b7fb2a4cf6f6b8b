//! What several requests have in common: their checks, as garde wants them, and the domain types behind them.

use std::fmt::Display;
use std::str::FromStr;

use builder_core::error::Error;
use builder_core::money::{Currency, Money};
use builder_core::products::MAX_UNIT_PRICE;
use garde::Validate;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// The price of one piece, without tax.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct UnitPrice {
    /// Minor units: 1999 EUR is 19.99 euro.
    #[garde(range(min = 0, max = MAX_UNIT_PRICE))]
    #[schema(minimum = 0, maximum = 100_000_000_000_i64, example = 1299)]
    amount: i64,
    #[garde(custom(is_currency))]
    #[schema(value_type = Currency)]
    currency: String,
}

impl TryFrom<UnitPrice> for Money {
    type Error = Error;

    fn try_from(price: UnitPrice) -> Result<Self, Error> {
        let currency = Currency::from_code(&price.currency).ok_or_else(|| Error::invalid("/unitPrice/currency", NO_CURRENCY))?;
        Ok(Self::new(price.amount, currency))
    }
}

const NO_CURRENCY: &str = "expected a currency code of ISO 4217 in upper case, such as EUR";

fn is_currency(text: &str, _: &()) -> garde::Result {
    Currency::from_code(text).map(drop).ok_or_else(|| garde::Error::new(NO_CURRENCY))
}

/// Lets a text pass that can be read as a `T`.
pub(crate) fn reads_as<T: FromStr<Err: Display>>(text: &str, _: &()) -> garde::Result {
    text.parse::<T>().map(drop).map_err(garde::Error::new)
}

/// Lets a line of text pass: it begins with a visible character and holds no control characters. The schemas say the same by a
/// pattern. Its length is checked apart.
pub(crate) fn is_line(text: &str, _: &()) -> garde::Result {
    let control = |character: char| character.is_ascii_control();
    if text.starts_with(|first| first == ' ' || control(first)) || text.contains(control) {
        return Err(garde::Error::new("must begin with a visible character and hold no control characters"));
    }
    Ok(())
}

/// A `T` out of a text that [`reads_as`] has let pass.
pub(crate) fn read<T: FromStr<Err: Display>>(pointer: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|error: T::Err| Error::invalid(pointer, error.to_string()))
}

/// A member that may be left out, but not be `null`: nothing about a product can be removed.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_the_pattern_says() {
        for good in ["a", "Blue mug", "é", "\u{a0}x", "a  b"] {
            assert!(is_line(good, &()).is_ok(), "{good:?}");
        }
        for bad in [" a", "\na", "a\n", "a\tb", "\u{7f}", "a\u{0}"] {
            assert!(is_line(bad, &()).is_err(), "{bad:?}");
        }
    }
}
