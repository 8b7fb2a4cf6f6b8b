//! The profile in a request: omitted members stay unchanged, `null` clears a member. An address is
//! replaced as a whole.

use builder_identity::contact::{ADDRESS_LINES, Address, Country, check_phone};
use builder_runtime::{Line, PostalCode, read_as, reads_as};
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

/// A postal address.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Ada Lovelace", "lines": ["Invalidenstraße 1"], "city": "Berlin",
    "postalCode": "10115", "region": "Berlin", "country": "DE",
}))]
pub(crate) struct AddressInput {
    /// The name of the recipient.
    #[garde(dive)]
    #[schema(inline)]
    name: Line,
    /// The street address, 1 to 4 lines.
    #[garde(length(min = 1, max = ADDRESS_LINES), dive)]
    #[schema(inline, min_items = 1, max_items = 4)]
    lines: Vec<Line>,
    /// The city or town.
    #[garde(dive)]
    #[schema(inline)]
    city: Line,
    /// The postal code, if the country has postal codes.
    #[garde(dive)]
    #[schema(inline)]
    postal_code: Option<PostalCode>,
    /// The state, province or county, if it is part of the address.
    #[garde(dive)]
    #[schema(inline)]
    region: Option<Line>,
    #[garde(custom(reads_as::<Country>))]
    #[schema(value_type = Country)]
    country: String,
}

impl AddressInput {
    /// Converts validated values to an address. `pointer` is the address's JSON pointer.
    pub(crate) fn read(self, pointer: &str) -> Result<Address, Error> {
        Ok(Address {
            name: self.name.into(),
            lines: self.lines.into_iter().map(Into::into).collect(),
            city: self.city.into(),
            postal_code: self.postal_code.map(Into::into),
            region: self.region.map(Into::into),
            country: read_as(&format!("{pointer}/country"), &self.country)?,
        })
    }
}

pub(crate) fn is_phone(text: &str, _: &()) -> garde::Result {
    check_phone(text).map_err(garde::Error::new)
}
