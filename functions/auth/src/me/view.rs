//! The response type of the caller's account.

use builder_identity::account::user::User;
use builder_identity::contact::{Address, VatId};
use builder_identity::email::shown;
use builder_identity::role::Role;
use builder_store::id::UserId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The caller's account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    /// The account's ID.
    id: UserId,
    /// Its e-mail address.
    #[schema(format = IdnEmail, example = "ada@example.com")]
    email: String,
    /// The user's name.
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// The user's company.
    #[schema(required = true, example = "Analytical Engines")]
    company: Option<String>,
    /// The VAT identification number.
    #[schema(required = true)]
    vat_id: Option<VatId>,
    /// The user's telephone number.
    #[schema(required = true, example = "+44 20 1234567")]
    phone: Option<String>,
    /// The billing address.
    #[schema(required = true)]
    billing_address: Option<Address>,
    /// The shipping address.
    #[schema(required = true)]
    shipping_address: Option<Address>,
    /// The account's role.
    role: Role,
    /// Whether the account has a password. If not, one can be set by resetting it.
    #[schema(example = true)]
    has_password: bool,
    /// Whether signing in requires a second factor.
    #[schema(example = false)]
    second_factor: bool,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<&User> for Me {
    fn from(user: &User) -> Self {
        let profile = user.profile.clone();
        Self {
            id: user.id,
            email: shown(&user.email).into_owned(),
            name: user.name.clone(),
            company: profile.company,
            vat_id: profile.vat_id,
            phone: profile.phone,
            billing_address: profile.billing_address,
            shipping_address: profile.shipping_address,
            role: user.role,
            has_password: !user.passwordless,
            second_factor: user.second_factor,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
