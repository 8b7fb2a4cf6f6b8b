//! The values of the settings. Each section is replaced as a whole.

use builder_identity::contact::{Country, VatId};
use builder_identity::policy::Security;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bank_account::BankAccount;
use super::logo::Logo;
use super::time_zone::TimeZone;
use crate::money::Currency;
use crate::products::TaxRate;

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Settings)]
pub struct Document {
    /// The seller.
    pub company: Company,
    /// The default currency.
    pub currency: Currency,
    /// Tax settings.
    pub tax: Tax,
    /// The numbering and payment terms of invoices.
    pub invoices: Invoices,
    /// The shop's branding.
    pub branding: Branding,
    /// The sender of e-mails.
    pub mail: Mail,
    /// Operational limits. A change takes effect within a few minutes.
    pub limits: Limits,
    /// Rules for sessions and sign-ins.
    #[serde(default)]
    pub security: Security,
}

/// The seller: a company's published details, as shown on its invoices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Company {
    /// The company's name.
    #[schema(required = true, example = "Lovelace & Babbage")]
    pub name: Option<String>,
    /// The company's legal form.
    #[schema(required = true, example = "GmbH")]
    pub legal_form: Option<String>,
    /// The street address, at most 4 lines.
    #[schema(example = json!(["Invalidenstraße 1"]))]
    pub address_lines: Vec<String>,
    /// The city or town.
    #[schema(required = true, example = "Berlin")]
    pub city: Option<String>,
    /// The postal code.
    #[schema(required = true, example = "10115")]
    pub postal_code: Option<String>,
    /// The country.
    #[schema(required = true)]
    pub country: Option<Country>,
    /// The VAT identification number.
    #[schema(required = true)]
    pub vat_id: Option<VatId>,
    /// The company's local tax number, for a seller without a VAT identification number.
    #[serde(default)]
    #[schema(required = true, example = "27/123/45678")]
    pub tax_number: Option<String>,
    /// The time zone of days: issue and due dates, the years of number series, and postings. If
    /// null, UTC.
    #[serde(default)]
    #[schema(required = true)]
    pub time_zone: Option<TimeZone>,
    /// The company's number in the companies register.
    #[schema(required = true, example = "HRB 12345 B")]
    pub registration_number: Option<String>,
    /// The bank account that open invoices are to be paid to.
    #[serde(default)]
    #[schema(required = true)]
    pub bank_account: Option<BankAccount>,
    /// The company's e-mail address.
    #[schema(required = true, format = Email, example = "hello@example.com")]
    pub email: Option<String>,
    /// The company's telephone number.
    #[schema(required = true, example = "+49 30 1234567")]
    pub phone: Option<String>,
    /// The company's website.
    #[schema(required = true, example = "https://example.com")]
    pub website: Option<String>,
}

/// Tax settings. Prices exclude tax; orders add it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaxSettings)]
pub struct Tax {
    /// The rate that forms suggest for a new product.
    #[schema(required = true)]
    pub default_percent: Option<TaxRate>,
}

/// The numbering and payment terms of invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvoiceSettings)]
pub struct Invoices {
    /// The prefix of invoice numbers.
    #[schema(example = "INV-")]
    pub prefix: String,
    /// The prefix of credit note numbers. If it is the same as that of invoices, they share one
    /// sequence.
    #[serde(default = "Invoices::default_credit_note_prefix")]
    #[schema(example = "CN-")]
    pub credit_note_prefix: String,
    /// Whether the sequence restarts at 1 each year.
    #[schema(example = true)]
    pub restarts_yearly: bool,
    /// The payment term in days: 0 to 365.
    #[schema(minimum = 0, maximum = 365, example = 14)]
    pub payment_term_days: u16,
    /// The days after the due date on which reminders are sent, ascending. An empty list sends
    /// none.
    #[serde(default = "Invoices::default_reminder_days")]
    #[schema(example = json!([7, 14, 28]))]
    pub reminder_days: Vec<u16>,
    /// The footer of each document.
    #[schema(required = true, example = "Thank you for your business.")]
    pub footer: Option<String>,
}

/// The shop's branding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branding {
    /// The display name of the shop.
    #[schema(required = true, example = "Engines & More")]
    pub display_name: Option<String>,
    /// The shop's accent color in hexadecimal, such as `#1a73e8`.
    #[schema(required = true, example = "#1a73e8")]
    pub color: Option<String>,
    /// The logo at the top of invoices.
    #[schema(required = true)]
    pub logo: Option<Logo>,
}

/// The sender of e-mails. The address itself is a parameter of the deployment, since the mail
/// provider must have verified it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailSettings)]
pub struct Mail {
    /// The sender's name. If null, the display name or else the company's name is used.
    #[schema(required = true, example = "Engines & More")]
    pub from_name: Option<String>,
    /// The Reply-To address; null for the sender's address.
    #[schema(required = true, format = Email, example = "service@example.com")]
    pub reply_to: Option<String>,
}

/// Operational limits. A change takes effect within a few minutes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LimitSettings)]
pub struct Limits {
    /// Hours until an unpaid order expires, 1 to 720; null for the deployment's default. The expiry
    /// of existing orders doesn't change.
    #[schema(required = true, minimum = 1, maximum = 720, example = 24)]
    pub order_expiry_hours: Option<u32>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            company: Company::default(),
            currency: Currency::EURO,
            tax: Tax::default(),
            invoices: Invoices::default(),
            branding: Branding::default(),
            mail: Mail::default(),
            limits: Limits::default(),
            security: Security::default(),
        }
    }
}

impl Default for Invoices {
    fn default() -> Self {
        Self {
            prefix: "INV-".to_owned(),
            credit_note_prefix: Self::default_credit_note_prefix(),
            restarts_yearly: true,
            payment_term_days: 14,
            reminder_days: Self::default_reminder_days(),
            footer: None,
        }
    }
}

impl Invoices {
    /// Returns the default prefix of credit note numbers.
    #[must_use]
    pub fn default_credit_note_prefix() -> String {
        "CN-".to_owned()
    }

    /// Returns the default days of reminders.
    #[must_use]
    pub fn default_reminder_days() -> Vec<u16> {
        vec![7, 14, 28]
    }
}

impl Document {
    /// Returns the day of a time in the company's time zone.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Date {
        self.company.time_zone.as_ref().unwrap_or(&TimeZone::UTC).day(at)
    }

    /// Returns the names of the company and its shop.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = [&self.company.name, &self.branding.display_name, &self.mail.from_name];
        names.into_iter().filter_map(Option::as_deref)
    }

    /// Returns the sender's name of e-mails, if there is one.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        let names = [&self.mail.from_name, &self.branding.display_name, &self.company.name];
        names.into_iter().find_map(Option::as_deref)
    }
}
