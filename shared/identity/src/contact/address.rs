//! Postal addresses.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

use super::{ADDRESS_LINES, Country, LINE_LENGTH};

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

/// The schema of the 1 to 4 lines of an address in a request, for the description of the API.
#[must_use]
pub fn address_lines() -> utoipa::openapi::Schema {
    lines(1)
}

/// As [`address_lines`], of an address that may be missing: 0 to 4.
#[must_use]
pub fn address_lines_if_any() -> utoipa::openapi::Schema {
    lines(0)
}

fn lines(least: usize) -> utoipa::openapi::Schema {
    let line = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(LINE_LENGTH))
        .pattern(Some(r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$"))
        .examples([serde_json::json!("Invalidenstraße 1")]);
    let lines = ArrayBuilder::new()
        .items(line)
        .min_items(Some(least))
        .max_items(Some(ADDRESS_LINES))
        .description(Some("The street address, 1 to 4 lines."));
    lines.build().into()
}
