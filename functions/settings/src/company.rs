//! The seller in a request.

use builder_core::settings::{BankAccount, Company, Iban, TimeZone};
use builder_identity::contact::{ADDRESS_LINES, Country, VatId};
use builder_runtime::{Line, PostalCode, read_as, reads_as};
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::checks::{email, is_bic, is_email, is_phone, is_website};

/// The seller.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Lovelace & Babbage", "legalForm": "GmbH", "addressLines": ["Invalidenstraße 1"],
    "city": "Berlin", "postalCode": "10115", "country": "DE", "vatId": "DE123456789",
    "taxNumber": "27/123/45678", "timeZone": "Europe/Berlin",
    "registrationNumber": "HRB 12345 B",
    "bankAccount": { "iban": "DE02120300000000202051", "bic": "BYLADEM1001", "holder": null },
    "email": "hello@example.com",
    "phone": "+49 30 1234567", "website": "https://example.com",
}))]
pub(crate) struct CompanyInput {
    #[garde(dive)]
    #[schema(inline)]
    name: Option<Line>,
    #[garde(dive)]
    #[schema(inline)]
    legal_form: Option<Line>,
    /// Street and number, at most 4 lines of at most 100 characters.
    #[garde(length(max = ADDRESS_LINES), dive)]
    #[serde(default)]
    #[schema(inline, max_items = 4)]
    address_lines: Vec<Line>,
    #[garde(dive)]
    #[schema(inline)]
    city: Option<Line>,
    #[garde(dive)]
    #[schema(inline)]
    postal_code: Option<PostalCode>,
    #[garde(inner(custom(reads_as::<Country>)))]
    #[schema(value_type = Option<Country>)]
    country: Option<String>,
    #[garde(inner(custom(reads_as::<VatId>)))]
    #[schema(value_type = Option<VatId>)]
    vat_id: Option<String>,
    #[garde(dive)]
    #[schema(inline)]
    tax_number: Option<Line>,
    #[garde(inner(custom(reads_as::<TimeZone>)))]
    #[schema(value_type = Option<TimeZone>)]
    time_zone: Option<String>,
    #[garde(dive)]
    #[schema(inline)]
    registration_number: Option<Line>,
    /// The bank account that open invoices are to be paid to.
    #[garde(dive)]
    bank_account: Option<BankAccountInput>,
    #[garde(inner(custom(is_email)))]
    #[schema(max_length = 254, format = Email, example = "hello@example.com")]
    email: Option<String>,
    #[garde(inner(custom(is_phone)))]
    #[schema(pattern = r"^\+?[0-9][0-9 ()./-]{3,28}[0-9]$", example = "+49 30 1234567")]
    phone: Option<String>,
    /// Its website, starting with `https://` or `http://`.
    #[garde(length(max = 200), inner(custom(is_website)))]
    #[schema(
        max_length = 200,
        pattern = r"^https?://([0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?\.)+[A-Za-z]{2,}(/[!-~]*)?$",
        example = "https://example.com"
    )]
    website: Option<String>,
}

/// A bank account.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "iban": "DE02120300000000202051", "bic": "BYLADEM1001" }))]
pub(crate) struct BankAccountInput {
    #[garde(custom(reads_as::<Iban>))]
    #[schema(value_type = Iban)]
    iban: String,
    /// The bank's BIC.
    #[garde(inner(custom(is_bic)))]
    #[schema(pattern = "^[A-Z]{6}[0-9A-Z]{2}([0-9A-Z]{3})?$", example = "BYLADEM1001")]
    bic: Option<String>,
    /// The account holder; the company if omitted.
    #[garde(dive)]
    #[schema(inline)]
    holder: Option<Line>,
}

impl TryFrom<BankAccountInput> for BankAccount {
    type Error = Error;

    fn try_from(body: BankAccountInput) -> Result<Self, Error> {
        Ok(Self {
            iban: read_as("/company/bankAccount/iban", &body.iban)?,
            bic: body.bic,
            holder: body.holder.map(Into::into),
        })
    }
}

impl TryFrom<CompanyInput> for Company {
    type Error = Error;

    fn try_from(body: CompanyInput) -> Result<Self, Error> {
        Ok(Self {
            name: body.name.map(Into::into),
            legal_form: body.legal_form.map(Into::into),
            address_lines: body.address_lines.into_iter().map(Into::into).collect(),
            city: body.city.map(Into::into),
            postal_code: body.postal_code.map(Into::into),
            country: body.country.map(|text| read_as("/company/country", &text)).transpose()?,
            vat_id: body.vat_id.map(|text| read_as("/company/vatId", &text)).transpose()?,
            tax_number: body.tax_number.map(Into::into),
            time_zone: body
                .time_zone
                .map(|text| read_as("/company/timeZone", &text))
                .transpose()?,
            registration_number: body.registration_number.map(Into::into),
            bank_account: body.bank_account.map(TryInto::try_into).transpose()?,
            email: body.email.map(email),
            phone: body.phone,
            website: body.website,
        })
    }
}
