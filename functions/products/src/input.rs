//! Validation and parsing that several requests share.

use builder_core::money::{Currency, Money};
use builder_core::products::MAX_UNIT_PRICE;
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

/// The price of one unit, excluding tax.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct UnitPrice {
    /// The amount in minor units: 1999 in EUR is 19.99 euros.
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
        let currency = Currency::from_code(&price.currency)
            .ok_or_else(|| Error::invalid("/unitPrice/currency", NO_CURRENCY))?;
        Ok(Self::new(price.amount, currency))
    }
}

const NO_CURRENCY: &str = "must be an ISO 4217 currency code in upper case, such as EUR";

fn is_currency(text: &str, _: &()) -> garde::Result {
    Currency::from_code(text).map(drop).ok_or_else(|| garde::Error::new(NO_CURRENCY))
}

/// Validates a single line of text. The schemas' patterns express the same rule. The length is
/// checked separately.
pub(crate) fn is_line(text: &str, _: &()) -> garde::Result {
    builder_store::text::check_line(text).map_err(garde::Error::new)
}

/// Validates a text of one or more lines.
pub(crate) fn is_text(text: &str, _: &()) -> garde::Result {
    builder_store::text::check_lines(text).map_err(garde::Error::new)
}
