//! What a person states about themselves for invoices and parcels.

use builder_store::error::{Error, Result};
use builder_store::personal::Personal;
use jiff::Timestamp;

use super::{User, UserEvent};
use crate::account::profile::{Profile, ProfileChange};
use crate::contact::Address;

/// A member of an event: left out when it stays, null when it is cleared.
type Member = Option<Option<Personal>>;

impl User {
    /// The person changes the profile.
    ///
    /// # Errors
    /// [`Error::Internal`] when an address can't be written as JSON.
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

/// An address as one personal value: its JSON text, so that not even its country stands open.
fn sealable(wanted: Option<Option<Address>>) -> Result<Member> {
    let write = |address: Address| {
        serde_json::to_string(&address)
            .map(|text| Personal::from(text.as_str()))
            .map_err(Error::internal)
    };
    wanted.map(|wanted| wanted.map(write).transpose()).transpose()
}

impl Profile {
    /// The profile after a change whose members are these.
    pub(super) fn changed(
        self,
        [company, vat_id, phone, billing_address, shipping_address]: [&Member; 5],
    ) -> Self {
        // What can't be read any more is gone, as its person is.
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
