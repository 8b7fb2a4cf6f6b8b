//! Who sells, as it is sent.

use builder_core::settings::Company;
use builder_identity::contact::{
    ADDRESS_LINES, Country, LINE_LENGTH, POSTAL_CODE_LENGTH, VatId, address_lines_if_any,
};
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::checks::{email, is_email, is_line, is_phone, is_website, read, reads_as};

/// The seller.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CompanyInput {
    #[garde(length(chars, min = 1, max = LINE_LENGTH), inner(custom(is_line)))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "Lovelace & Babbage"
    )]
    name: Option<String>,
    #[garde(length(chars, min = 1, max = LINE_LENGTH), inner(custom(is_line)))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "GmbH"
    )]
    legal_form: Option<String>,
    /// Street and number, at most 4 lines of at most 100 characters.
    #[garde(length(max = ADDRESS_LINES), inner(length(chars, min = 1, max = LINE_LENGTH), custom(is_line)))]
    #[serde(default)]
    #[schema(schema_with = address_lines_if_any)]
    address_lines: Vec<String>,
    #[garde(length(chars, min = 1, max = LINE_LENGTH), inner(custom(is_line)))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "Berlin"
    )]
    city: Option<String>,
    #[garde(length(chars, min = 1, max = POSTAL_CODE_LENGTH), inner(custom(is_line)))]
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "10115"
    )]
    postal_code: Option<String>,
    #[garde(inner(custom(reads_as::<Country>)))]
    #[schema(value_type = Option<Country>)]
    country: Option<String>,
    #[garde(inner(custom(reads_as::<VatId>)))]
    #[schema(value_type = Option<VatId>)]
    vat_id: Option<String>,
    #[garde(length(chars, min = 1, max = LINE_LENGTH), inner(custom(is_line)))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
        example = "HRB 12345 B"
    )]
    registration_number: Option<String>,
    #[garde(inner(custom(is_email)))]
    #[schema(max_length = 254, format = Email, example = "hello@example.com")]
    email: Option<String>,
    #[garde(inner(custom(is_phone)))]
    #[schema(pattern = r"^\+?[0-9][0-9 ()./-]{3,28}[0-9]$", example = "+49 30 1234567")]
    phone: Option<String>,
    /// Its website, beginning with `https://` or `http://`.
    #[garde(length(max = 200), inner(custom(is_website)))]
    #[schema(
        max_length = 200,
        pattern = r"^https?://([0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?\.)+[A-Za-z]{2,}(/[!-~]*)?$",
        example = "https://example.com"
    )]
    website: Option<String>,
}

impl TryFrom<CompanyInput> for Company {
    type Error = Error;

    fn try_from(body: CompanyInput) -> Result<Self, Error> {
        Ok(Self {
            name: body.name,
            legal_form: body.legal_form,
            address_lines: body.address_lines,
            city: body.city,
            postal_code: body.postal_code,
            country: read("/company/country", body.country)?,
            vat_id: read("/company/vatId", body.vat_id)?,
            registration_number: body.registration_number,
            email: body.email.map(email),
            phone: body.phone,
            website: body.website,
        })
    }
}
