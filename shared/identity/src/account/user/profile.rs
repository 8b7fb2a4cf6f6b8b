//! Changes of the data for invoices and shipping.

use builder_store::error::{Error, Result};
use builder_store::personal::Personal;
use jiff::Timestamp;

use super::{User, UserEvent};
use crate::account::profile::{Profile, ProfileChange};
use crate::contact::Address;

/// A member of an event: omitted if it is unchanged, null if it is cleared.
type Member = Option<Option<Personal>>;

impl User {
    /// Changes the profile.
    ///
    /// # Errors
    /// [`Error::Internal`] if an address can't be serialised.
    pub fn change_profile(&self, change: ProfileChange, now: Timestamp) -> Result<Vec<UserEvent>> {
        let change = change.different_from(&self.profile);
        if !self.is_owned() || change == ProfileChange::default() {
            return Ok(Vec::new());
        }
        let text = |wanted: Option<Option<String>>| {
            wanted.map(|wanted| wanted.map(|text| Personal::from(text.as_str())))
        };
        Ok(vec![UserEvent::ProfileChanged {
            company: text(change.company),
            vat_id: text(change.vat_id.map(|wanted| wanted.map(|id| id.as_str().to_owned()))),
            phone: text(change.phone),
            billing_address: sealable(change.billing_address)?,
            shipping_address: sealable(change.shipping_address)?,
            at: now,
        }])
    }
}

/// Serialises an address as one personal value, so that all of it, even the country, is encrypted.
fn sealable(wanted: Option<Option<Address>>) -> Result<Member> {
    let write = |address: Address| {
        serde_json::to_string(&address)
            .map(|text| Personal::from(text.as_str()))
            .map_err(Error::internal)
    };
    wanted.map(|wanted| wanted.map(write).transpose()).transpose()
}

impl Profile {
    /// Returns the profile after a change with these members.
    pub(super) fn changed(
        self,
        [company, vat_id, phone, billing_address, shipping_address]: [&Member; 5],
    ) -> Self {
        // Values that can't be decrypted belong to an erased person.
        let text = |member: &Member, present| match member {
            None => present,
            Some(wanted) => wanted.as_ref().and_then(Personal::reveal).map(str::to_owned),
        };
        let address = |member: &Member, present| match member {
            None => present,
            Some(wanted) => wanted
                .as_ref()
                .and_then(Personal::reveal)
                .and_then(|json| serde_json::from_str(json).ok()),
        };
        Self {
            company: text(company, self.company),
            vat_id: match vat_id {
                None => self.vat_id,
                Some(wanted) => wanted
                    .as_ref()
                    .and_then(Personal::reveal)
                    .and_then(|number| number.parse().ok()),
            },
            phone: text(phone, self.phone),
            billing_address: address(billing_address, self.billing_address),
            shipping_address: address(shipping_address, self.shipping_address),
        }
    }
}
