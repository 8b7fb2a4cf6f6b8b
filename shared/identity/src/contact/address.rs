//! Postal addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Country;

/// A postal address for billing or shipping.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// The name of the recipient.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// The street address, 1 to 4 lines.
    #[schema(example = json!(["Invalidenstraße 1"]))]
    pub lines: Vec<String>,
    /// The city or town.
    #[schema(example = "Berlin")]
    pub city: String,
    /// The postal code; null if the country has none.
    #[serde(default)]
    #[schema(required = true, example = "10115")]
    pub postal_code: Option<String>,
    /// The state, province or county; null if it isn't part of the address.
    #[serde(default)]
    #[schema(required = true)]
    pub region: Option<String>,
    /// The country.
    pub country: Country,
}

/// Shows nothing personal: debug output ends up in logs.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}
