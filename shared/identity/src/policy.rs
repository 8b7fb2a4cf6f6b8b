//! The deployment's rules for sessions and sign-ins: a section of the settings, which admins
//! change.

use builder_store::error::{Error, Result};
use builder_store::table::{Table, document_of};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::keys;

/// The maximum value of the session lifetime, in days.
pub const MAX_SESSION_DAYS: u16 = 365;

/// Rules for sessions and sign-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SecuritySettings)]
pub struct Security {
    /// The maximum lifetime of a session in days, however often it is refreshed: 1 to 365.
    #[schema(minimum = 1, maximum = 365, example = 30)]
    pub session_days: u16,
    /// Whether admins must have a second factor to do anything but set one up.
    #[serde(default)]
    pub require_second_factor_for_admins: bool,
    /// How to report a vulnerability, as published at `/.well-known/security.txt`.
    #[serde(default)]
    pub disclosure: Disclosure,
}

/// How to report a vulnerability (RFC 9116).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Disclosure {
    /// Contacts in order of preference: `mailto:`, `tel:` and `https:` URIs. Without any, no
    /// `security.txt` is published.
    #[schema(example = json!(["mailto:security@example.com"]))]
    pub contacts: Vec<String>,
    /// The URL of the disclosure policy.
    #[schema(required = true, example = "https://example.com/security-policy")]
    pub policy: Option<String>,
    /// The preferred languages of reports, as BCP 47 tags.
    #[schema(example = json!(["en", "de"]))]
    pub languages: Vec<String>,
}

impl Security {
    /// The default session lifetime in days. NIST SP 800-63B requires 30 days at most if one factor
    /// is sufficient.
    pub const DEFAULT_SESSION_DAYS: u16 = 30;

    /// Returns how long after signing in a session ends, however often it is refreshed.
    #[must_use]
    pub fn session_life(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.session_days) * 24)
    }
}

impl Default for Security {
    fn default() -> Self {
        Self {
            session_days: Self::DEFAULT_SESSION_DAYS,
            require_second_factor_for_admins: false,
            disclosure: Disclosure::default(),
        }
    }
}

/// The part of the stored settings that is read here; `builder_core` has all of them.
#[derive(Deserialize)]
struct StoredSettings {
    document: StoredDocument,
}

#[derive(Deserialize)]
struct StoredDocument {
    security: Security,
}

/// Reads the stored rules; the defaults before the settings' first change.
///
/// # Errors
/// As [`Table::call`]; [`Error::Internal`] if the settings can't be read.
pub async fn load(table: &Table) -> Result<Security> {
    let Some(item) = table.get(&keys::settings()).await? else { return Ok(Security::default()) };
    let settings: StoredSettings =
        serde_json::from_str(&document_of(&item, "state")?).map_err(Error::internal)?;
    Ok(settings.document.security)
}
