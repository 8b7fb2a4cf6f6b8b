//! The settings' state and what can happen to it. No I/O.

use builder_identity::policy::Security;
use builder_store::aggregate::Aggregate;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::document::{Branding, Company, Document, Invoices, Limits, Mail, Tax};
use super::expiry::{self, PastExpiry};
use super::logo::Logo;
use crate::keys;
use crate::money::Currency;

/// The settings of this deployment. There is one of them; before the first change it has the
/// defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// What they say.
    pub document: Document,
    /// The times to pay that orders were promised before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past_expiries: Vec<PastExpiry>,
}

/// What can happen to the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum SettingsEvent {
    /// Somebody changed them; the sections that are different now.
    #[serde(rename = "settings.changed")]
    Changed {
        /// The seller.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        company: Option<Company>,
        /// The currency.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        currency: Option<Currency>,
        /// Taxes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tax: Option<Tax>,
        /// Invoices.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invoices: Option<Invoices>,
        /// Looks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branding: Option<Branding>,
        /// The sender of e-mails.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mail: Option<Mail>,
        /// Operational limits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limits: Option<Limits>,
        /// Sessions and sign-ins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        security: Option<Security>,
        /// When it happened.
        at: Timestamp,
    },
}

impl Settings {
    /// Somebody wants them to say this. Nothing happens when they do already.
    #[must_use]
    pub fn replace(&self, wanted: Document, at: Timestamp) -> Vec<SettingsEvent> {
        let before = &self.document;
        if *before == wanted {
            return Vec::new();
        }
        let Document { company, currency, tax, invoices, branding, mail, limits, security } =
            wanted;
        vec![SettingsEvent::Changed {
            company: Some(company).filter(|company| *company != before.company),
            currency: Some(currency).filter(|currency| *currency != before.currency),
            tax: Some(tax).filter(|tax| *tax != before.tax),
            invoices: Some(invoices).filter(|invoices| *invoices != before.invoices),
            branding: Some(branding).filter(|branding| *branding != before.branding),
            mail: Some(mail).filter(|mail| *mail != before.mail),
            limits: Some(limits).filter(|limits| *limits != before.limits),
            security: Some(security).filter(|security| *security != before.security),
            at,
        }]
    }

    /// Somebody wants invoices to show this from now on.
    #[must_use]
    pub fn show_logo(&self, logo: Logo, at: Timestamp) -> Vec<SettingsEvent> {
        let branding = Branding { logo: Some(logo), ..self.document.branding.clone() };
        self.replace(Document { branding, ..self.document.clone() }, at)
    }

    /// How many hours an order placed now waits to be paid.
    #[must_use]
    pub fn order_expiry_hours(&self, default_hours: u32) -> u32 {
        self.document.limits.order_expiry_hours.unwrap_or(default_hours)
    }

    /// A time before which every order has been placed that is due at `now`, whatever it was
    /// promised; others have, too, that are not due.
    #[must_use]
    pub fn due_orders_placed_before(&self, default_hours: u32, now: Timestamp) -> Timestamp {
        expiry::placed_before(
            &self.past_expiries,
            self.document.limits.order_expiry_hours,
            default_hours,
            now,
        )
    }
}

impl Aggregate for Settings {
    type Event = SettingsEvent;

    const KIND: &'static str = "settings";

    fn apply(state: Option<Self>, event: &SettingsEvent) -> Option<Self> {
        let Self { document: before, mut past_expiries } = state.unwrap_or_default();
        let SettingsEvent::Changed {
            company,
            currency,
            tax,
            invoices,
            branding,
            mail,
            limits,
            security,
            at,
        } = event.clone();
        let hours = before.limits.order_expiry_hours;
        if limits.as_ref().is_some_and(|limits| limits.order_expiry_hours != hours) {
            past_expiries = expiry::replaced(past_expiries, hours, at);
        }
        let document = Document {
            company: company.unwrap_or(before.company),
            currency: currency.unwrap_or(before.currency),
            tax: tax.unwrap_or(before.tax),
            invoices: invoices.unwrap_or(before.invoices),
            branding: branding.unwrap_or(before.branding),
            mail: mail.unwrap_or(before.mail),
            limits: limits.unwrap_or(before.limits),
            security: security.unwrap_or(before.security),
        };
        Some(Self { document, past_expiries })
    }

    fn id(&self) -> String {
        keys::THE_SETTINGS.to_owned()
    }
}
