//! Seller and buyer, as they were when the document was issued.

use std::fmt;

use builder_identity::account::user::User;
use builder_identity::contact::{Address, VatId};
use serde::{Deserialize, Serialize};

use crate::settings::{Company, Document};

/// The seller: a company's published details.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Seller {
    /// Its name.
    #[schema(example = "Lovelace & Babbage GmbH")]
    pub name: String,
    /// Its details, as they were in the settings.
    pub company: Company,
}

impl Seller {
    /// Reads the seller from the settings; a shop without a name is identified by its host name.
    #[must_use]
    pub fn of(settings: &Document, host: &str) -> Self {
        let Company { name, legal_form, .. } = &settings.company;
        let full = name.as_ref().map(|name| match legal_form {
            // Some include it in the name.
            Some(form) if !name.ends_with(form.as_str()) => format!("{name} {form}"),
            _ => name.clone(),
        });
        let name = full
            .or_else(|| settings.branding.display_name.clone())
            .unwrap_or_else(|| host.to_owned());
        Self { name, company: settings.company.clone() }
    }
}

/// The buyer. It is stored apart from the invoice's events: an invoice is retained with its buyer
/// for as long as the law requires, even if the user is erased.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Buyer {
    /// The name of the person.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// The e-mail address that the document is sent to.
    #[schema(format = Email, example = "ada@example.com")]
    pub email: String,
    /// The buyer's company; null if there is none.
    #[serde(default)]
    #[schema(required = true)]
    pub company: Option<String>,
    /// The VAT identification number.
    #[serde(default)]
    #[schema(required = true)]
    pub vat_id: Option<VatId>,
    /// The billing address.
    #[serde(default)]
    #[schema(required = true)]
    pub billing_address: Option<Address>,
    /// The shipping address, if it differs from the billing address.
    #[serde(default)]
    #[schema(required = true)]
    pub shipping_address: Option<Address>,
}

impl Buyer {
    /// Returns a buyer without data, for an erased account.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            name: String::new(),
            email: String::new(),
            company: None,
            vat_id: None,
            billing_address: None,
            shipping_address: None,
        }
    }

    /// Returns the owner of this account.
    #[must_use]
    pub fn of(user: &User) -> Self {
        let profile = &user.profile;
        Self {
            name: user.name.clone(),
            email: user.email.as_str().to_owned(),
            company: profile.company.clone(),
            vat_id: profile.vat_id.clone(),
            billing_address: profile
                .billing_address
                .clone()
                .or_else(|| profile.shipping_address.clone()),
            shipping_address: profile.shipping_address.clone(),
        }
    }
}

/// Shows nothing personal: debug output ends up in logs.
impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buyer(…)")
    }
}
