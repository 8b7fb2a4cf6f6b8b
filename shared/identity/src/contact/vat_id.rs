//! VAT identification numbers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Country;

/// A VAT identification number as printed by registers: a country prefix, then letters and digits,
/// without spaces.
///
/// Check digits aren't verified, and no register is queried.
#[derive(Clone, PartialEq, Eq)]
pub struct VatId(String);

/// The error for a text that isn't a VAT identification number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a VAT identification number: the country's two letters and 2 to 13 letters and \
     digits, such as DE123456789"
)]
pub struct VatIdError;

impl VatId {
    /// Returns the number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the possible numbers of characters after the prefix in member states of the EU, and
/// Northern Ireland.
/// <https://ec.europa.eu/taxation_customs/vies/#/faq>, "What is the format of a VAT number?".
fn lengths(prefix: &str) -> &'static [usize] {
    match prefix {
        "DK" | "FI" | "HU" | "LU" | "MT" | "SI" => &[8],
        "AT" | "CY" | "DE" | "EE" | "EL" | "ES" | "PT" => &[9],
        "BE" | "PL" | "SK" => &[10],
        "FR" | "HR" | "IT" | "LV" => &[11],
        "NL" | "SE" => &[12],
        "BG" => &[9, 10],
        "CZ" => &[8, 9, 10],
        "IE" => &[8, 9],
        "LT" => &[9, 12],
        "XI" => &[5, 9, 12],
        _ => &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    }
}

impl FromStr for VatId {
    type Err = VatIdError;

    /// Parses a number as people write it: spaces, dots and hyphens are removed, and letters
    /// converted to upper case.
    fn from_str(text: &str) -> Result<Self, VatIdError> {
        let kept = text.chars().filter(|character| !" .-".contains(*character));
        let number: String = kept.map(|character| character.to_ascii_uppercase()).collect();
        let (prefix, rest) = number.split_at_checked(2).ok_or(VatIdError)?;
        // Greece and Northern Ireland have prefixes that aren't ISO 3166 codes.
        let known = ["EL", "XI"].contains(&prefix) || prefix.parse::<Country>().is_ok();
        let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if known && plain && lengths(prefix).contains(&rest.len()) {
            Ok(Self(number))
        } else {
            Err(VatIdError)
        }
    }
}

/// Never shows the number, which may be a person's: debug output ends up in logs.
impl fmt::Debug for VatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VatId(…)")
    }
}
impl Serialize for VatId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Reads a stored number unchecked: it was checked when it was entered, and must remain readable if
/// the rules change.
impl<'de> Deserialize<'de> for VatId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}
impl utoipa::PartialSchema for VatId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some(
                "A VAT identification number with its country prefix. In the EU, its length must \
                 be that of the country.",
            ))
            .pattern(Some("^[A-Za-z]{2}[0-9A-Za-z .-]{2,20}$"))
            .examples([serde_json::json!("DE123456789")])
            .into()
    }
}
impl utoipa::ToSchema for VatId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (typed, stored) in [
            ("DE123456789", "DE123456789"),
            ("de 123 456 789", "DE123456789"),
            ("ATU12345678", "ATU12345678"),
            ("BE-0123.456.789", "BE0123456789"),
            ("EL123456789", "EL123456789"),
            ("XI123456789", "XI123456789"),
            ("RO12", "RO12"),
            ("IE1234567WA", "IE1234567WA"),
            ("CHE123456789", "CHE123456789"),
            ("GB123456789", "GB123456789"),
        ] {
            assert_eq!(typed.parse::<VatId>().unwrap().as_str(), stored);
        }
    }

    #[test]
    fn what_no_country_gives_is_refused() {
        for text in [
            "",
            "D",
            "DE",
            "DE12345678",
            "DE1234567890",
            "XX123456789",
            "EU123456789",
            "123456789",
            "DE12345678ä",
            "ZA1",
        ] {
            assert_eq!(text.parse::<VatId>(), Err(VatIdError), "{text:?}");
        }
    }
}
