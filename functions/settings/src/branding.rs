//! The branding in a request.

use builder_core::settings::{Branding, Logo};
use builder_runtime::Line;
use builder_store::error::{Error, Result};
use builder_store::merge::nullable;
use garde::Validate;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::checks::is_color;
use crate::picture::MAX_BYTES;

/// The error for a logo that isn't the current one.
const ANOTHER: &str = "must be the current logo: leave it out, and upload another one with PUT \
                       /api/v1/settings/logo";

/// The shop's branding.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "displayName": "Engines & More", "color": "#1a73e8" }))]
pub(crate) struct BrandingInput {
    #[garde(dive)]
    #[schema(inline)]
    display_name: Option<Line>,
    /// The accent color in hexadecimal, such as `#1a73e8`.
    #[garde(inner(custom(is_color)))]
    #[schema(pattern = r"^#[0-9A-Fa-f]{6}$", example = "#1a73e8")]
    color: Option<String>,
    /// The logo as returned by `GET /api/v1/settings`. If omitted, it stays unchanged; null removes
    /// it. Use `PUT /api/v1/settings/logo` to upload another one.
    #[garde(inner(inner(custom(is_logo))))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Logo>)]
    logo: Option<Option<Value>>,
}

impl BrandingInput {
    /// Returns the new branding, which replaces `before`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a logo that isn't the current one.
    pub(crate) fn instead_of(self, before: &Branding) -> Result<Branding> {
        Ok(Branding {
            display_name: self.display_name.map(Into::into),
            color: self.color,
            logo: logo(self.logo, before.logo.as_ref())?,
        })
    }
}

/// Returns the new logo: the current one, or none.
fn logo(wanted: Option<Option<Value>>, present: Option<&Logo>) -> Result<Option<Logo>> {
    let Some(wanted) = wanted else { return Ok(present.cloned()) };
    let Some(wanted) = wanted else { return Ok(None) };
    match present {
        Some(present) if Logo::deserialize(wanted).is_ok_and(|wanted| wanted == *present) => {
            Ok(Some(present.clone()))
        }
        _ => Err(Error::invalid("/branding/logo", ANOTHER)),
    }
}

/// Validates the form of a logo, without omitted or additional members. Whether it is the current
/// one is checked against the settings.
fn is_logo(given: &Value, _: &()) -> garde::Result {
    let read = Logo::deserialize(given)
        .ok()
        .filter(|logo| serde_json::to_value(logo).is_ok_and(|same| same == *given));
    let is_hash = |text: &str| {
        text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match read {
        Some(logo) if (1..=MAX_BYTES as u64).contains(&logo.bytes) && is_hash(&logo.sha256) => {
            Ok(())
        }
        _ => Err(garde::Error::new(ANOTHER)),
    }
}
