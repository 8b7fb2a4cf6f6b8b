//! The response type of a user.

use builder_identity::account::user::{Status, User};
use builder_identity::contact::{Address, VatId};
use builder_identity::email::shown;
use builder_identity::role::Role;
use builder_store::id::UserId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserView {
    /// The account's ID.
    id: UserId,
    /// Its e-mail address.
    #[schema(format = IdnEmail, example = "ada@example.com")]
    email: String,
    /// The user's name. Empty while the account is pending.
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
    /// The account's status. A pending account is a registration that hasn't been verified yet.
    status: Status,
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

impl From<&User> for UserView {
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
            status: user.status,
            second_factor: user.second_factor,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
