//! The personal data for invoices and shipping. All of it is optional.

use std::fmt;

use builder_store::merge::different;
use serde::{Deserialize, Serialize};

use crate::contact::{Address, VatId};

/// A person's data besides name and e-mail address.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The user's company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The VAT identification number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<VatId>,
    /// The user's telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The billing address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// The shipping address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
}

/// A change of a [`Profile`]: `None` leaves a member unchanged, `Some(None)` clears it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The user's company.
    pub company: Option<Option<String>>,
    /// The VAT identification number.
    pub vat_id: Option<Option<VatId>>,
    /// The user's telephone number.
    pub phone: Option<Option<String>>,
    /// The billing address.
    pub billing_address: Option<Option<Address>>,
    /// The shipping address.
    pub shipping_address: Option<Option<Address>>,
}

impl Profile {
    /// Returns whether the profile is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ProfileChange {
    /// Returns the parts of the change that differ from `profile`.
    #[must_use]
    pub fn different_from(self, profile: &Profile) -> Self {
        Self {
            company: different(self.company, profile.company.as_ref()),
            vat_id: different(self.vat_id, profile.vat_id.as_ref()),
            phone: different(self.phone, profile.phone.as_ref()),
            billing_address: different(self.billing_address, profile.billing_address.as_ref()),
            shipping_address: different(self.shipping_address, profile.shipping_address.as_ref()),
        }
    }
}

/// Shows nothing personal: debug output ends up in logs.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile(…)")
    }
}

/// Shows nothing personal: debug output ends up in logs.
impl fmt::Debug for ProfileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProfileChange(…)")
    }
}
