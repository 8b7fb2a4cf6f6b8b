//! The settings' state and events. No I/O.

use builder_identity::policy::Security;
use builder_store::aggregate::Aggregate;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::document::{Branding, Company, Document, Invoices, Limits, Mail, Tax};
use super::expiry::{self, PastExpiry};
use super::logo::Logo;
use crate::keys;
use crate::money::Currency;

/// The settings of this deployment, a single aggregate; before the first change they have the
/// defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The values.
    pub document: Document,
    /// The earlier payment periods of orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past_expiries: Vec<PastExpiry>,
}

/// The events of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum SettingsEvent {
    /// They were changed; contains only the changed sections.
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
        /// Branding.
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
    /// Replaces the settings. Does nothing if they are equal.
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

    /// Sets the logo on invoices.
    #[must_use]
    pub fn show_logo(&self, logo: Logo, at: Timestamp) -> Vec<SettingsEvent> {
        let branding = Branding { logo: Some(logo), ..self.document.branding.clone() };
        self.replace(Document { branding, ..self.document.clone() }, at)
    }

    /// Returns the number of hours after which an order placed now expires.
    #[must_use]
    pub fn order_expiry_hours(&self, default_hours: u32) -> u32 {
        self.document.limits.order_expiry_hours.unwrap_or(default_hours)
    }

    /// Returns a time such that every order that is due at `now` was placed before it, whatever its
    /// period; orders that aren't due may also have been placed before it.
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
