//! The state of an invoice or a credit note, and its events. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use builder_store::id::UserId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{InvoiceId, OrderId, PaymentId, RefundId};
use crate::invoices::parties::Seller;
use crate::invoices::share::{Allocation, Remaining};
use crate::keys;
use crate::ledger::Posting;
use crate::money::{Currency, Money};
use crate::orders::TaxSum;
use crate::orders::pricing::RateAmounts;
use crate::products::{Sku, TaxRate};

/// An invoice or a credit note. Its content never changes; its status does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// The content.
    #[serde(flatten)]
    pub content: Content,
    /// The status.
    pub status: InvoiceStatus,
    /// The credit notes that credited it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// The file, once it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// When it was declared void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_at: Option<Timestamp>,
    /// When sending it again was last requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending_requested_at: Option<Timestamp>,
    /// The number of reminders that were sent.
    #[serde(default)]
    pub reminders: u16,
}

/// The content of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The ID.
    pub id: InvoiceId,
    /// Invoice or credit note.
    pub kind: InvoiceKind,
    /// The number, unique and without gaps in its series.
    pub number: String,
    /// The prefix of the numbers in its series.
    pub series: String,
    /// Its position in the series, starting at 1.
    pub sequence: u64,
    /// The ID of the order.
    pub order_id: OrderId,
    /// The ID of the buyer's account.
    pub user_id: UserId,
    /// The document that it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Corrected>,
    /// The refund that it documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// The date of issue, in the seller's time zone.
    pub issued_on: Date,
    /// The date of supply, if the order was completed before the document was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplied_on: Option<Date>,
    /// The due date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The lines.
    pub lines: Vec<InvoiceLine>,
    /// The total of all lines, excluding tax.
    pub subtotal: Money,
    /// The tax per rate, lowest rate first.
    pub taxes: Vec<TaxSum>,
    /// The total tax.
    pub tax: Money,
    /// The total, including tax. On a credit note, it is in the buyer's favour.
    pub total: Money,
    /// The seller.
    pub seller: Seller,
    /// The footer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An invoice or a credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// A request for payment.
    Invoice,
    /// A document that credits an invoice, fully or in part.
    CreditNote,
}

/// The status of an invoice.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum InvoiceStatus {
    /// It is not paid yet.
    Open,
    /// It is paid. A credit note has this status from the start, as it documents a refund, or an
    /// invoice that needn't be paid.
    Paid,
    /// It was declared void, with a credit note of the remaining amount.
    Void,
}

/// A document that is corrected by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Corrected {
    /// The document's ID.
    pub id: InvoiceId,
    /// The document's number.
    #[schema(example = "INV-2026-000001")]
    pub number: String,
    /// The date of issue.
    #[schema(value_type = String, format = Date, example = "2026-11-22")]
    pub issued_on: Date,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceLine {
    /// The product's SKU.
    pub sku: Sku,
    /// The product's name when it was ordered.
    #[schema(example = "Assam tea, 250 g")]
    pub name: String,
    /// The price of one unit, excluding tax.
    pub unit_price: Money,
    /// The quantity. An amount that is credited in part has quantity 1.
    #[schema(example = 2)]
    pub quantity: u32,
    /// The tax rate in percent.
    pub tax_percent: TaxRate,
    /// The line total, excluding tax.
    pub net: Money,
}

/// The amounts of one credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credit {
    /// The credit note's ID.
    pub id: InvoiceId,
    /// The number.
    pub number: String,
    /// The date of issue.
    pub issued_on: Date,
    /// The refund that it documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// The credited amount of each line, in minor units excluding tax.
    pub lines: Vec<i64>,
    /// The credited amounts of each rate: base and tax, in minor units.
    pub taxes: Vec<(i64, i64)>,
    /// The invoice that withdrew it, if the refund failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_by: Option<InvoiceId>,
}

impl Credit {
    /// Returns the total, including tax, in minor units.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.taxes.iter().map(|(base, tax)| base + tax).sum()
    }
}

/// A document's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// The key in the bucket of documents.
    pub key: String,
    /// The SHA-256 hash of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether it contains an electronic invoice according to EN 16931, which requires sufficient
    /// data about seller and buyer.
    pub electronic: bool,
}

/// The events of a document. `at` is the time of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of `Invoice`")]
pub enum InvoiceEvent {
    /// It was issued.
    #[serde(rename = "invoice.issued")]
    Issued {
        #[serde(flatten)]
        content: Box<Content>,
        posting: Posting,
        at: Timestamp,
    },
    /// It was paid.
    #[serde(rename = "invoice.paid")]
    Paid {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment_id: Option<PaymentId>,
        at: Timestamp,
    },
    /// A credit note credited it, fully or in part.
    #[serde(rename = "invoice.credited")]
    Credited { credit: Credit, at: Timestamp },
    /// A credit note was withdrawn, because its refund failed.
    #[serde(rename = "invoice.credit_withdrawn")]
    CreditWithdrawn { credit_note_id: InvoiceId, invoice_id: InvoiceId, at: Timestamp },
    /// It was declared void.
    #[serde(rename = "invoice.voided")]
    Voided { at: Timestamp },
    /// Its file was written.
    #[serde(rename = "invoice.filed")]
    Filed { file: File, at: Timestamp },
    /// Sending it again was requested.
    #[serde(rename = "invoice.sending_requested")]
    SendingRequested { at: Timestamp },
    /// The n-th reminder to the buyer is due.
    #[serde(rename = "invoice.reminded")]
    Reminded { reminder: u16, at: Timestamp },
}

impl Aggregate for Invoice {
    type Event = InvoiceEvent;

    const KIND: &'static str = "invoice";

    fn apply(state: Option<Self>, event: &InvoiceEvent) -> Option<Self> {
        let Some(mut invoice) = state else {
            let InvoiceEvent::Issued { content, .. } = event else { return None };
            return Some(Self::issued(Content::clone(content)));
        };
        match event.clone() {
            InvoiceEvent::Issued { .. } => {}
            InvoiceEvent::Paid { at, .. } => {
                invoice.status = InvoiceStatus::Paid;
                invoice.paid_at = Some(at);
            }
            InvoiceEvent::Credited { credit, .. } => invoice.credits.push(credit),
            InvoiceEvent::CreditWithdrawn { credit_note_id, invoice_id, .. } => {
                if let Some(credit) =
                    invoice.credits.iter_mut().find(|credit| credit.id == credit_note_id)
                {
                    credit.withdrawn_by = Some(invoice_id);
                }
            }
            InvoiceEvent::Voided { at } => {
                invoice.status = InvoiceStatus::Void;
                invoice.voided_at = Some(at);
            }
            InvoiceEvent::Filed { file, .. } => invoice.file = Some(file),
            InvoiceEvent::SendingRequested { at } => invoice.sending_requested_at = Some(at),
            InvoiceEvent::Reminded { reminder, .. } => invoice.reminders = reminder,
        }
        Some(invoice)
    }

    fn id(&self) -> String {
        self.content.id.to_string()
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.content.user_id)
    }

    fn listed(&self) -> Listed {
        let id = self.content.id.as_u128();
        Listed {
            by_owner: Some(keys::listing_by_owner(Self::KIND, self.content.user_id)),
            all: Some(keys::sharded(&keys::listing(Self::KIND), id)),
            by_status: Some(keys::sharded(&keys::listing_by_status(Self::KIND, self.status), id)),
            by_name: None,
        }
    }
}

impl Invoice {
    fn issued(content: Content) -> Self {
        let status = match content.kind {
            InvoiceKind::CreditNote => InvoiceStatus::Paid,
            InvoiceKind::Invoice if content.corrects.is_some() => InvoiceStatus::Paid,
            InvoiceKind::Invoice => InvoiceStatus::Open,
        };
        Self {
            paid_at: (status == InvoiceStatus::Paid).then_some(content.created_at),
            content,
            status,
            credits: Vec::new(),
            file: None,
            voided_at: None,
            sending_requested_at: None,
            reminders: 0,
        }
    }

    /// Returns the credited amount, including tax.
    #[must_use]
    pub fn credited(&self) -> Money {
        let standing = self.credits.iter().filter(|credit| credit.withdrawn_by.is_none());
        Money::new(standing.map(Credit::total).sum(), self.content.currency)
    }

    /// Returns the amounts that can still be credited.
    #[must_use]
    pub fn left(&self) -> Remaining {
        let Content { lines, taxes, currency, .. } = &self.content;
        let mut left = Remaining::of(
            lines.iter().map(|line| (line.tax_percent, line.net.amount)),
            taxes.iter().map(|sum| RateAmounts {
                rate: sum.rate,
                base: sum.base.amount,
                tax: sum.tax.amount,
            }),
            currency.minor_units(),
        );
        for credit in self.credits.iter().filter(|credit| credit.withdrawn_by.is_none()) {
            left.subtract(&credit.lines, &credit.taxes);
        }
        left
    }

    /// Returns a share of this invoice as lines of a credit note.
    pub(super) fn credited_lines(&self, share: &Allocation) -> Vec<InvoiceLine> {
        let shares = self.content.lines.iter().zip(&share.lines);
        let lines: Vec<InvoiceLine> = shares
            .filter(|(_, share)| **share > 0)
            .map(|(line, share)| line.part(*share))
            .collect();
        // If the lines were credited one unit at a time, only tax may be left.
        if lines.is_empty() {
            self.content.lines.first().map(|line| line.part(0)).into_iter().collect()
        } else {
            lines
        }
    }
}

impl InvoiceLine {
    /// Returns the whole line, or a part of its amount with quantity 1.
    fn part(&self, net: i64) -> Self {
        if net == self.net.amount {
            return self.clone();
        }
        let net = Money::new(net, self.net.currency);
        Self { unit_price: net, quantity: 1, net, ..self.clone() }
    }
}
