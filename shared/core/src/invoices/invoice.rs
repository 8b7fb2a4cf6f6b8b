//! An invoice's or a credit note's state, and what can happen to it. No I/O.

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

/// An invoice or a credit note. What it says never changes; what becomes of it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// The amount that credit notes have taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// Its file, once it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// When it was declared void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_at: Option<Timestamp>,
    /// When somebody last had it sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending_requested_at: Option<Timestamp>,
    /// The number of reminders that were sent.
    #[serde(default)]
    pub reminders: u16,
}

/// What a document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Its id.
    pub id: InvoiceId,
    /// Which of the two it is.
    pub kind: InvoiceKind,
    /// Its number, unique and without a gap in its series.
    pub number: String,
    /// What the numbers of its series begin with.
    pub series: String,
    /// Its place in the series, from 1 on.
    pub sequence: u64,
    /// The ID of the order.
    pub order_id: OrderId,
    /// The ID of the buyer's account.
    pub user_id: UserId,
    /// The document that it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Corrected>,
    /// The refund that it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// The date of issue, in UTC.
    pub issued_on: Date,
    /// The day that it is to be paid by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// What is charged, or credited.
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
    /// What stands at its foot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An invoice or a credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// It asks for money.
    Invoice,
    /// It takes an invoice back, or part of it.
    CreditNote,
}

/// The status of an invoice.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum InvoiceStatus {
    /// It is to be paid.
    Open,
    /// It is paid. A credit note is from the start: it stands for money that went back, or for an
    /// invoice that needs none.
    Paid,
    /// It was declared void, by a credit note of all that was left of it.
    Void,
}

/// A document that is corrected by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Corrected {
    /// Its id.
    pub id: InvoiceId,
    /// Its number.
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

/// What one credit note took back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credit {
    /// The credit note's ID.
    pub id: InvoiceId,
    /// Its number.
    pub number: String,
    /// The date of issue.
    pub issued_on: Date,
    /// The refund that it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// What it took back of each line, in minor units without tax.
    pub lines: Vec<i64>,
    /// What it took back of each rate: base and tax, in minor units.
    pub taxes: Vec<(i64, i64)>,
    /// The invoice that took it back in turn, when the refund came to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_by: Option<InvoiceId>,
}

impl Credit {
    /// All of it, with tax, in minor units.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.taxes.iter().map(|(base, tax)| base + tax).sum()
    }
}

/// A document's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Where it is in the bucket of documents.
    pub key: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether an electronic invoice by EN 16931 is in it. For that, seller and buyer must be known
    /// well enough.
    pub electronic: bool,
}

/// What can happen to a document. `at` is when it did.
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
    /// A credit note took it back, or part of it.
    #[serde(rename = "invoice.credited")]
    Credited { credit: Credit, at: Timestamp },
    /// A credit note was taken back itself: its refund came to nothing.
    #[serde(rename = "invoice.credit_withdrawn")]
    CreditWithdrawn { credit_note_id: InvoiceId, invoice_id: InvoiceId, at: Timestamp },
    /// It was declared void.
    #[serde(rename = "invoice.voided")]
    Voided { at: Timestamp },
    /// Its file was written.
    #[serde(rename = "invoice.filed")]
    Filed { file: File, at: Timestamp },
    /// It is to be sent again.
    #[serde(rename = "invoice.sending_requested")]
    SendingRequested { at: Timestamp },
    /// Its buyer is to be reminded, for the n-th time.
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

    /// What was taken back, with tax.
    #[must_use]
    pub fn credited(&self) -> Money {
        let standing = self.credits.iter().filter(|credit| credit.withdrawn_by.is_none());
        Money::new(standing.map(Credit::total).sum(), self.content.currency)
    }

    /// What is left to take back.
    #[must_use]
    pub fn left(&self) -> Remaining {
        let mut left = Remaining {
            lines: self
                .content
                .lines
                .iter()
                .map(|line| (line.tax_percent, line.net.amount))
                .collect(),
            taxes: self
                .content
                .taxes
                .iter()
                .map(|sum| RateAmounts {
                    rate: sum.rate,
                    base: sum.base.amount,
                    tax: sum.tax.amount,
                })
                .collect(),
        };
        for credit in self.credits.iter().filter(|credit| credit.withdrawn_by.is_none()) {
            left.lines.iter_mut().zip(&credit.lines).for_each(|((_, net), share)| *net -= share);
            left.taxes.iter_mut().zip(&credit.taxes).for_each(|(sum, (base, tax))| {
                sum.base -= base;
                sum.tax -= tax;
            });
        }
        left
    }

    /// What a share of this invoice is as a credit note's lines.
    pub(super) fn credited_lines(&self, share: &Allocation) -> Vec<InvoiceLine> {
        let shares = self.content.lines.iter().zip(&share.lines);
        let lines: Vec<InvoiceLine> = shares
            .filter(|(_, share)| **share > 0)
            .map(|(line, share)| line.part(*share))
            .collect();
        // Only tax may be left, of what was taken back unit by unit.
        if lines.is_empty() {
            self.content.lines.first().map(|line| line.part(0)).into_iter().collect()
        } else {
            lines
        }
    }
}

impl InvoiceLine {
    /// The whole line, or a part of its amount as one piece.
    fn part(&self, net: i64) -> Self {
        if net == self.net.amount {
            return self.clone();
        }
        let net = Money::new(net, self.net.currency);
        Self { unit_price: net, quantity: 1, net, ..self.clone() }
    }
}
