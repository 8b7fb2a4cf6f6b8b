//! The response type of an identity at a provider.

use builder_identity::account::user::Identity;
use builder_identity::email::shown;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An identity at an OpenID provider that can sign in to the account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Identity)]
pub(crate) struct IdentityView {
    /// The provider's name.
    #[schema(example = "google")]
    provider: String,
    /// The verified e-mail address at the provider when it was linked; null if there was none.
    #[schema(required = true, format = IdnEmail, example = "ada@example.com")]
    email: Option<String>,
    /// When it was linked.
    #[schema(value_type = String, format = DateTime)]
    linked_at: Timestamp,
}

impl From<&Identity> for IdentityView {
    fn from(identity: &Identity) -> Self {
        Self {
            provider: identity.provider.clone(),
            email: identity.email.as_deref().map(|email| shown(email).into_owned()),
            linked_at: identity.linked_at,
        }
    }
}
