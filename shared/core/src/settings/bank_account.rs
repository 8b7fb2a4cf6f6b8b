//! The seller's bank account.

use std::fmt;
use std::str::FromStr;

use iban::IbanLike as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The bank account that open invoices are to be paid to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BankAccount {
    /// The IBAN.
    pub iban: Iban,
    /// The bank's BIC.
    #[schema(required = true, example = "COBADEFFXXX")]
    pub bic: Option<String>,
    /// The account holder; null for the company.
    #[schema(required = true, example = "Lovelace & Babbage GmbH")]
    pub holder: Option<String>,
}

/// An international bank account number (ISO 13616), without spaces. Its check digits and the
/// length of its country are verified.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Iban(String);

/// The error for a text that isn't an IBAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an IBAN with correct check digits, such as DE02120300000000202051")]
pub struct IbanError;

impl Iban {
    /// Returns the number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Iban {
    type Err = IbanError;

    /// Parses a number, with or without spaces.
    fn from_str(text: &str) -> Result<Self, IbanError> {
        let text: String = text.chars().filter(|character| *character != ' ').collect();
        let number: iban::Iban = text.to_ascii_uppercase().parse().map_err(|_| IbanError)?;
        Ok(Self(number.electronic_str().to_owned()))
    }
}

impl TryFrom<String> for Iban {
    type Error = IbanError;

    fn try_from(text: String) -> Result<Self, IbanError> {
        text.parse()
    }
}

impl From<Iban> for String {
    fn from(iban: Iban) -> Self {
        iban.0
    }
}

impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl utoipa::PartialSchema for Iban {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("An IBAN. Its check digits and length are verified."))
            .pattern(Some("^[A-Za-z]{2}[0-9]{2}[0-9A-Za-z ]{11,40}$"))
            .examples([serde_json::json!("DE02120300000000202051")])
            .into()
    }
}

impl ToSchema for Iban {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans_are_parsed_with_and_without_spaces() {
        for text in ["DE02120300000000202051", "de02 1203 0000 0000 2020 51"] {
            assert_eq!(text.parse::<Iban>().unwrap().as_str(), "DE02120300000000202051");
        }
        assert!("FR1420041010050500013M02606".parse::<Iban>().is_ok());
    }

    #[test]
    fn wrong_check_digits_lengths_and_countries_are_rejected() {
        for text in
            ["", "DE03120300000000202051", "DE0212030000000020205", "ZZ02120300000000202051", "x"]
        {
            assert_eq!(text.parse::<Iban>(), Err(IbanError), "{text}");
        }
    }
}
