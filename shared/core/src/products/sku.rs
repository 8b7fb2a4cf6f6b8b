//! Stock-keeping units: the seller's own identifiers of products.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// A stock-keeping unit: 1 to 64 visible ASCII characters, unique among all products,
/// case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Sku(String);

/// The error for a text that isn't a SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {} visible ASCII characters without spaces", Sku::LENGTH)]
pub struct SkuError;

impl Sku {
    /// The maximum number of characters.
    pub const LENGTH: usize = 64;

    /// Returns the SKU as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sku {
    type Err = SkuError;

    fn from_str(text: &str) -> Result<Self, SkuError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=Self::LENGTH).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SkuError)
        }
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Sku {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Sku {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some(
                "The stock keeping unit: visible ASCII characters, unique among all products.",
            ))
            .min_length(Some(1))
            .max_length(Some(Self::LENGTH))
            .pattern(Some("^[!-~]+$"))
            .examples([serde_json::json!("MUG-BLUE-330")])
            .into()
    }
}
impl utoipa::ToSchema for Sku {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_visible_ascii_of_1_to_64_characters() {
        for good in ["A", "MUG-BLUE-330", "~!", &"x".repeat(64)] {
            assert_eq!(good.parse::<Sku>().unwrap().as_str(), good);
        }
        for bad in ["", " ", "a b", "é", "a\n", "\u{7f}", &"x".repeat(65)] {
            assert_eq!(bad.parse::<Sku>(), Err(SkuError), "{bad:?}");
        }
    }
}
