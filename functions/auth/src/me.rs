//! The caller's own account, as the caller sees it.

use builder_core::contact::{Address, VatId};
use builder_core::id::UserId;
use builder_core::users::{Role, User};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The caller's own account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    /// The account's id.
    id: UserId,
    /// Its address.
    #[schema(format = Email, example = "ada@example.com")]
    email: String,
    /// Whether the address is verified.
    #[schema(example = true)]
    email_verified: bool,
    /// What the person wants to be called.
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// The company that buys.
    #[schema(required = true, example = "Analytical Engines")]
    company: Option<String>,
    /// Its VAT identification number.
    #[schema(required = true)]
    vat_id: Option<VatId>,
    /// Where the person is called.
    #[schema(required = true, example = "+44 20 1234567")]
    phone: Option<String>,
    /// Where invoices go.
    #[schema(required = true)]
    billing_address: Option<Address>,
    /// Where goods go.
    #[schema(required = true)]
    shipping_address: Option<Address>,
    /// What the account may do.
    role: Role,
    /// Whether there is a password. If not, one can be chosen by way of a forgotten one.
    #[schema(example = true)]
    has_password: bool,
    /// Whether signing in takes a second factor.
    #[schema(example = false)]
    second_factor: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<&User> for Me {
    fn from(user: &User) -> Self {
        let profile = user.profile.clone();
        Self {
            id: user.id,
            email: user.email.clone(),
            email_verified: user.verified,
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
