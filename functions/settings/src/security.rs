//! The rules for sessions and sign-ins in a request.

use builder_identity::policy::{Disclosure, MAX_SESSION_DAYS, Security};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

use crate::checks::{is_contact, is_language, is_secure_page};

/// The maximum number of contacts, and of languages.
const MOST: usize = 10;

/// Rules for sessions and sign-ins.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecurityInput {
    /// The maximum lifetime of a session in days, however often it is refreshed. A shorter lifetime
    /// also applies to existing sessions. 30 if omitted.
    #[garde(range(min = 1, max = MAX_SESSION_DAYS))]
    #[schema(minimum = 1, maximum = 365, example = 30)]
    session_days: Option<u16>,
    /// Whether admins must have a second factor to do anything but set one up. It takes effect on
    /// the next request. Only an admin who has a second factor can turn it on.
    #[garde(skip)]
    require_second_factor_for_admins: bool,
    /// How to report a vulnerability.
    #[garde(dive)]
    disclosure: Option<DisclosureInput>,
}

/// How to report a vulnerability.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DisclosureInput {
    #[garde(length(max = MOST), inner(length(chars, max = 500), custom(is_contact)))]
    #[serde(default)]
    #[schema(schema_with = contacts, required = false)]
    contacts: Vec<String>,
    #[garde(length(chars, max = 500), inner(custom(is_secure_page)))]
    #[schema(
        max_length = 500,
        pattern = r"^https://[!-~]+$",
        example = "https://example.com/security-policy"
    )]
    policy: Option<String>,
    #[garde(length(max = MOST), inner(custom(is_language)))]
    #[serde(default)]
    #[schema(schema_with = languages, required = false)]
    languages: Vec<String>,
}

fn contacts() -> Schema {
    let contact = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(500))
        .pattern(Some("^(mailto:|tel:|https://)[!-~]+$"));
    let description = "Contacts in order of preference: `mailto:`, `tel:` and `https:` URIs, at \
                       most 10. Without any, no `security.txt` is published.";
    ArrayBuilder::new()
        .items(contact)
        .max_items(Some(MOST))
        .description(Some(description))
        .examples([serde_json::json!(["mailto:security@example.com"])])
        .into()
}

fn languages() -> Schema {
    let language = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z]{2,3}(-[0-9A-Za-z]{2,8}){0,3}$"));
    ArrayBuilder::new()
        .items(language)
        .max_items(Some(MOST))
        .description(Some("The preferred languages of reports, as BCP 47 tags, at most 10."))
        .examples([serde_json::json!(["en", "de"])])
        .into()
}

impl From<SecurityInput> for Security {
    fn from(input: SecurityInput) -> Self {
        let DisclosureInput { contacts, policy, languages } = input.disclosure.unwrap_or_default();
        Self {
            session_days: input.session_days.unwrap_or(Self::DEFAULT_SESSION_DAYS),
            require_second_factor_for_admins: input.require_second_factor_for_admins,
            disclosure: Disclosure { contacts, policy, languages },
        }
    }
}
