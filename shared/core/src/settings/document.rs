//! What the settings say. Each section is replaced as a whole.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::logo::Logo;
use super::security::Security;
use crate::contact::{Country, VatId};
use crate::money::Currency;
use crate::products::TaxRate;

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Settings)]
pub struct Document {
    /// Who sells.
    pub company: Company,
    /// The currency that forms offer first.
    pub currency: Currency,
    /// How sales are taxed.
    pub tax: Tax,
    /// How invoices are numbered and when they are due.
    pub invoices: Invoices,
    /// How the shop looks.
    pub branding: Branding,
    /// What e-mails say of their sender.
    pub mail: Mail,
    /// Limits that hold from a few minutes after a change on.
    pub limits: Limits,
    /// Rules about sessions and sign-ins.
    #[serde(default)]
    pub security: Security,
}

/// Who sells. These are a company's published details, as they stand on its invoices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Company {
    /// Its name.
    #[schema(required = true, example = "Lovelace & Babbage")]
    pub name: Option<String>,
    /// Its legal form.
    #[schema(required = true, example = "GmbH")]
    pub legal_form: Option<String>,
    /// Street and number, at most 4 lines.
    #[schema(example = json!(["Invalidenstraße 1"]))]
    pub address_lines: Vec<String>,
    /// The town.
    #[schema(required = true, example = "Berlin")]
    pub city: Option<String>,
    /// The postal code.
    #[schema(required = true, example = "10115")]
    pub postal_code: Option<String>,
    /// The country.
    #[schema(required = true)]
    pub country: Option<Country>,
    /// Its VAT identification number.
    #[schema(required = true)]
    pub vat_id: Option<VatId>,
    /// Its number in the register of companies.
    #[schema(required = true, example = "HRB 12345 B")]
    pub registration_number: Option<String>,
    /// Where it is written to.
    #[schema(required = true, format = Email, example = "hello@example.com")]
    pub email: Option<String>,
    /// Where it is called.
    #[schema(required = true, example = "+49 30 1234567")]
    pub phone: Option<String>,
    /// Its site.
    #[schema(required = true, example = "https://example.com")]
    pub website: Option<String>,
}

/// How sales are taxed. Prices never include tax: an order adds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaxSettings)]
pub struct Tax {
    /// The rate that forms offer first for a new product.
    #[schema(required = true)]
    pub default_percent: Option<TaxRate>,
}

/// How invoices are numbered and when they are due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvoiceSettings)]
pub struct Invoices {
    /// What their numbers begin with.
    #[schema(example = "INV-")]
    pub prefix: String,
    /// What the numbers of credit notes begin with. They may share the invoices' count.
    #[serde(default = "Invoices::default_credit_note_prefix")]
    #[schema(example = "CN-")]
    pub credit_note_prefix: String,
    /// Whether the count begins at 1 again each year.
    #[schema(example = true)]
    pub restarts_yearly: bool,
    /// Days until an invoice is due: 0 to 365.
    #[schema(minimum = 0, maximum = 365, example = 14)]
    pub payment_term_days: u16,
    /// On which days after the due date a buyer is reminded, ascending; none: never.
    #[serde(default = "Invoices::default_reminder_days")]
    #[schema(example = json!([7, 14, 28]))]
    pub reminder_days: Vec<u16>,
    /// What stands at the foot of each.
    #[schema(required = true, example = "Thank you for your business.")]
    pub footer: Option<String>,
}

/// How the shop looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branding {
    /// What it calls itself.
    #[schema(required = true, example = "Engines & More")]
    pub display_name: Option<String>,
    /// Its colour, as HTML writes it.
    #[schema(required = true, example = "#1a73e8")]
    pub color: Option<String>,
    /// What invoices show at the top.
    #[schema(required = true)]
    pub logo: Option<Logo>,
}

/// What e-mails say of their sender. The address itself is the deployment's: the provider has to have verified it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailSettings)]
pub struct Mail {
    /// The sender's name. When null, it is the branding's name, or the company's.
    #[schema(required = true, example = "Engines & More")]
    pub from_name: Option<String>,
    /// Where answers go; null: to the sender's address.
    #[schema(required = true, format = Email, example = "service@example.com")]
    pub reply_to: Option<String>,
}

/// Limits that hold from a few minutes after a change on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LimitSettings)]
pub struct Limits {
    /// Hours after which an unpaid order expires, 1 to 720; null: as deployed. Orders keep what they were promised.
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
    /// What the numbers of credit notes begin with, unless an admin wants another beginning.
    #[must_use]
    pub fn default_credit_note_prefix() -> String {
        "CN-".to_owned()
    }

    /// When buyers are reminded, unless an admin wants it otherwise.
    #[must_use]
    pub fn default_reminder_days() -> Vec<u16> {
        vec![7, 14, 28]
    }
}

impl Document {
    /// What the company and its shop are called, wherever it says so.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = [&self.company.name, &self.branding.display_name, &self.mail.from_name];
        names.into_iter().filter_map(Option::as_deref)
    }

    /// The name that e-mails come from, if any is known.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        let names = [&self.mail.from_name, &self.branding.display_name, &self.company.name];
        names.into_iter().find_map(Option::as_deref)
    }
}
