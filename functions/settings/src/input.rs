//! The settings in a request. All values are validated, and all errors are returned together.

use builder_core::money::Currency;
use builder_core::products::TaxRate;
use builder_core::settings::{Document, Invoices, Limits, MAX_EXPIRY_HOURS, Mail, Tax};
use builder_identity::policy::Security;
use builder_runtime::{Line, read_as, reads_as};
use builder_store::error::{Error, Result};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};

use crate::branding::BrandingInput;
use crate::checks::{are_days, email, is_currency, is_email, is_prefix, is_text};
use crate::company::CompanyInput;
use crate::security::SecurityInput;

/// The new settings. Members that can be null can be omitted.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplaceSettings {
    #[garde(dive)]
    company: CompanyInput,
    #[garde(custom(is_currency))]
    #[schema(value_type = Currency)]
    currency: String,
    #[garde(dive)]
    tax: TaxInput,
    #[garde(dive)]
    invoices: InvoiceInput,
    #[garde(dive)]
    branding: BrandingInput,
    #[garde(dive)]
    mail: MailInput,
    #[garde(dive)]
    limits: LimitInput,
    /// Rules for sessions and sign-ins. If omitted, they stay unchanged.
    #[garde(dive)]
    security: Option<SecurityInput>,
}

/// Tax settings.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaxInput {
    #[garde(inner(custom(reads_as::<TaxRate>)))]
    #[schema(value_type = Option<TaxRate>)]
    default_percent: Option<String>,
}

/// The numbering and payment terms of invoices.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceInput {
    /// The prefix of invoice numbers: 1 to 12 letters, digits and `-`, `/`, `_`, `.`.
    #[garde(custom(is_prefix))]
    #[schema(
        min_length = 1,
        max_length = 12,
        pattern = r"^[0-9A-Za-z/_.-]{1,12}$",
        example = "INV-"
    )]
    prefix: String,
    /// The prefix of credit note numbers. If it is the same as that of invoices, they share one
    /// sequence. `CN-` if omitted.
    #[garde(inner(custom(is_prefix)))]
    #[schema(
        min_length = 1,
        max_length = 12,
        pattern = r"^[0-9A-Za-z/_.-]{1,12}$",
        example = "CN-"
    )]
    credit_note_prefix: Option<String>,
    /// Whether the sequence restarts at 1 each year.
    #[garde(skip)]
    #[schema(example = true)]
    restarts_yearly: bool,
    /// The payment term in days.
    #[garde(range(max = 365))]
    #[schema(minimum = 0, maximum = 365, example = 14)]
    payment_term_days: u16,
    /// The days after the due date on which reminders are sent, ascending. An empty list sends
    /// none. 7, 14 and 28 if omitted.
    #[garde(inner(custom(are_days)))]
    #[schema(schema_with = reminder_days, required = false)]
    reminder_days: Option<Vec<u16>>,
    /// The footer of each document. It can have several lines.
    #[garde(length(chars, min = 1, max = 1000), inner(custom(is_text)))]
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]+$",
        example = "Thank you."
    )]
    footer: Option<String>,
}

/// Returns the schema of the reminder days. A schema can't express that they are ascending.
fn reminder_days() -> Schema {
    let day = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(365));
    let description = "The days after the due date on which reminders are sent, ascending. An \
                       empty list sends none. 7, 14 and 28 if omitted.";
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(day)
        .max_items(Some(10))
        .unique_items(true)
        .description(Some(description))
        .into()
}

/// The sender of e-mails.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "fromName": "Engines & More", "replyTo": "service@example.com" }))]
pub(crate) struct MailInput {
    #[garde(dive)]
    #[schema(inline)]
    from_name: Option<Line>,
    #[garde(inner(custom(is_email)))]
    #[schema(max_length = 254, format = Email, example = "service@example.com")]
    reply_to: Option<String>,
}

/// Operational limits.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LimitInput {
    /// Hours until an unpaid order expires; null for the deployment's default.
    #[garde(range(min = 1, max = MAX_EXPIRY_HOURS))]
    #[schema(minimum = 1, maximum = 720, example = 24)]
    order_expiry_hours: Option<u32>,
}

impl ReplaceSettings {
    /// Returns the new settings, which replace `before`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a logo that isn't the current one.
    pub(crate) fn instead_of(self, before: &Document) -> Result<Document> {
        let currency = Currency::from_code(&self.currency)
            .ok_or_else(|| Error::invalid("/currency", "is not a currency"))?;
        Ok(Document {
            company: self.company.try_into()?,
            currency,
            tax: Tax {
                default_percent: self
                    .tax
                    .default_percent
                    .map(|text| read_as("/tax/defaultPercent", &text))
                    .transpose()?,
            },
            invoices: Invoices {
                prefix: self.invoices.prefix,
                credit_note_prefix: self
                    .invoices
                    .credit_note_prefix
                    .unwrap_or_else(Invoices::default_credit_note_prefix),
                restarts_yearly: self.invoices.restarts_yearly,
                payment_term_days: self.invoices.payment_term_days,
                reminder_days: self
                    .invoices
                    .reminder_days
                    .unwrap_or_else(Invoices::default_reminder_days),
                footer: self.invoices.footer,
            },
            branding: self.branding.instead_of(&before.branding)?,
            mail: Mail {
                from_name: self.mail.from_name.map(Into::into),
                reply_to: self.mail.reply_to.map(email),
            },
            limits: Limits { order_expiry_hours: self.limits.order_expiry_hours },
            security: self.security.map_or_else(|| before.security.clone(), Security::from),
        })
    }
}
