//! The response types of invoices and credit notes.

use builder_core::id::{InvoiceId, OrderId, RefundId};
use builder_core::invoices::{
    Buyer, Corrected, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, Seller,
};
use builder_core::money::{Currency, Money};
use builder_core::orders::TaxSum;
use builder_core::products::TaxRate;
use builder_store::id::UserId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::example;

/// An invoice or a credit note.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Invoice, example = example::invoice)]
pub struct InvoiceView {
    id: InvoiceId,
    kind: InvoiceKind,
    /// Its unique number.
    #[schema(example = "INV-2026-000001")]
    number: String,
    status: InvoiceStatus,
    /// The ID of the order.
    order_id: OrderId,
    /// The ID of the buyer's account.
    user_id: UserId,
    /// The document that it corrects; null if it corrects none.
    #[schema(required = true)]
    corrects: Option<Corrected>,
    /// The ID of the refund that it documents; null if it doesn't document a refund.
    #[schema(required = true)]
    refund_id: Option<RefundId>,
    /// The date of issue, in UTC.
    #[schema(value_type = String, format = Date, example = "2026-11-22")]
    issued_on: Date,
    /// The due date; null for documents that correct another one.
    #[schema(value_type = Option<String>, format = Date, required = true, example = "2026-12-06")]
    due_on: Option<Date>,
    /// The currency of all amounts.
    currency: Currency,
    lines: Vec<InvoiceLine>,
    /// The total of all lines, excluding tax.
    subtotal: Money,
    /// The tax per rate, lowest rate first.
    taxes: Vec<InvoiceTaxView>,
    /// The total tax.
    tax: Money,
    /// The total, including tax. On a credit note, it is in the buyer's favour.
    total: Money,
    /// The amount that has been credited.
    credited: Money,
    /// The credit notes that correct it.
    credit_notes: Vec<CreditView>,
    seller: Seller,
    /// Its footer; null if it has none.
    #[schema(required = true, example = "Thank you for your business.")]
    footer: Option<String>,
    /// Its PDF file; null while it is being created.
    #[schema(required = true)]
    file: Option<FileView>,
    /// The number of the latest reminder: 1 on the first reminder day in the settings, 2 on the
    /// second, and so on; 0 before the first.
    #[schema(example = 0)]
    reminders: u16,
    /// When it was created.
    #[schema(value_type = String, format = DateTime, example = "2026-11-22T01:00:00.123Z")]
    created_at: Timestamp,
    /// When it was paid; null if it hasn't been.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    paid_at: Option<Timestamp>,
    /// When it was voided; null if it hasn't been.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    voided_at: Option<Timestamp>,
}

/// An invoice or a credit note, with its buyer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceDetails {
    #[serde(flatten)]
    invoice: InvoiceView,
    buyer: Buyer,
}

/// The tax at one rate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvoiceTax)]
pub struct InvoiceTaxView {
    /// The tax rate in percent.
    percent: TaxRate,
    /// The total of the lines at this rate, excluding tax.
    base: Money,
    /// The tax amount.
    tax: Money,
}

/// A credit note that corrects the invoice.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvoiceCredit)]
pub struct CreditView {
    /// The credit note's ID.
    id: InvoiceId,
    /// Its number.
    #[schema(example = "CN-2026-000001")]
    number: String,
    /// The amount, including tax.
    total: Money,
    /// The ID of the invoice that charges the amount again if the refund failed; null otherwise.
    #[schema(required = true)]
    withdrawn_by: Option<InvoiceId>,
}

/// The PDF of a document.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvoiceFile)]
pub struct FileView {
    /// Its size in bytes.
    #[schema(example = 34_211)]
    bytes: u64,
    /// Its SHA-256 digest, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
    /// Whether it contains an electronic invoice according to EN 16931 (Factur-X), which requires
    /// complete details of the seller and the buyer.
    #[schema(example = true)]
    electronic: bool,
}

impl From<&Invoice> for InvoiceView {
    fn from(invoice: &Invoice) -> Self {
        let content = invoice.content.clone();
        let money = |amount| Money::new(amount, content.currency);
        Self {
            id: content.id,
            kind: content.kind,
            number: content.number,
            status: invoice.status,
            order_id: content.order_id,
            user_id: content.user_id,
            corrects: content.corrects,
            refund_id: content.refund_id,
            issued_on: content.issued_on,
            due_on: content.due_on,
            currency: content.currency,
            lines: content.lines,
            subtotal: content.subtotal,
            taxes: content.taxes.into_iter().map(InvoiceTaxView::from).collect(),
            tax: content.tax,
            total: content.total,
            credited: invoice.credited(),
            credit_notes: invoice
                .credits
                .iter()
                .map(|credit| CreditView {
                    id: credit.id,
                    number: credit.number.clone(),
                    total: money(credit.total()),
                    withdrawn_by: credit.withdrawn_by,
                })
                .collect(),
            seller: content.seller,
            footer: content.footer,
            file: invoice.file.as_ref().map(|file| FileView {
                bytes: file.bytes,
                sha256: file.sha256.clone(),
                electronic: file.electronic,
            }),
            reminders: invoice.reminders,
            created_at: content.created_at,
            paid_at: invoice.paid_at,
            voided_at: invoice.voided_at,
        }
    }
}

impl From<TaxSum> for InvoiceTaxView {
    fn from(sum: TaxSum) -> Self {
        Self { percent: sum.rate, base: sum.base, tax: sum.tax }
    }
}

impl InvoiceDetails {
    /// Creates the response from an invoice and its buyer.
    #[must_use]
    pub fn new(invoice: &Invoice, buyer: Buyer) -> Self {
        Self { invoice: invoice.into(), buyer }
    }
}
