//! A profile as it is sent: what is left out stays, `null` clears it. An address is one value and
//! replaced as a whole.

use std::fmt::Display;
use std::str::FromStr;

use builder_identity::contact::{
    ADDRESS_LINES, Address, Country, LINE_LENGTH, POSTAL_CODE_LENGTH, address_lines, check_line,
    check_phone,
};
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

/// A postal address.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressInput {
    /// The name of the recipient.
    #[garde(length(chars, min = 1, max = LINE_LENGTH), custom(is_line))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "Ada Lovelace"
    )]
    name: String,
    /// The street address, 1 to 4 lines.
    #[garde(length(min = 1, max = ADDRESS_LINES), inner(length(chars, min = 1, max = LINE_LENGTH), custom(is_line)))]
    #[schema(schema_with = address_lines)]
    lines: Vec<String>,
    /// The city or town.
    #[garde(length(chars, min = 1, max = LINE_LENGTH), custom(is_line))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "Berlin"
    )]
    city: String,
    /// The postal code, if the country has them.
    #[garde(length(chars, min = 1, max = POSTAL_CODE_LENGTH), inner(custom(is_line)))]
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "10115"
    )]
    postal_code: Option<String>,
    /// The state, province or county, if it is part of the address.
    #[garde(length(chars, min = 1, max = LINE_LENGTH), inner(custom(is_line)))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "Berlin"
    )]
    region: Option<String>,
    #[garde(custom(reads_as::<Country>))]
    #[schema(value_type = Country)]
    country: String,
}

impl AddressInput {
    /// The address behind values that have been let pass; `pointer` is where it stands.
    pub(crate) fn read(self, pointer: &str) -> Result<Address, Error> {
        Ok(Address {
            name: self.name,
            lines: self.lines,
            city: self.city,
            postal_code: self.postal_code,
            region: self.region,
            country: read(&format!("{pointer}/country"), &self.country)?,
        })
    }
}

/// A `T` out of a text that [`reads_as`] has let pass.
pub(crate) fn read<T: FromStr<Err: Display>>(pointer: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|error: T::Err| Error::invalid(pointer, error.to_string()))
}

/// Lets a text pass that can be read as a `T`.
pub(crate) fn reads_as<T: FromStr<Err: Display>>(text: &str, _: &()) -> garde::Result {
    text.parse::<T>().map(drop).map_err(garde::Error::new)
}

pub(crate) fn is_line(text: &str, _: &()) -> garde::Result {
    check_line(text).map_err(garde::Error::new)
}

pub(crate) fn is_phone(text: &str, _: &()) -> garde::Result {
    check_phone(text).map_err(garde::Error::new)
}
