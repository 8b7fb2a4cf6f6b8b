//! The decisions about documents: the events that a command produces. No I/O.

use builder_store::error::{Error, Result};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::id::{InvoiceId, PaymentId, RefundId};
use crate::invoices::invoice::{
    Content, Corrected, Credit, File, Invoice, InvoiceEvent, InvoiceKind, InvoiceLine,
    InvoiceStatus,
};
use crate::invoices::number::Number;
use crate::invoices::parties::Seller;
use crate::invoices::share::Allocation;
use crate::ledger::{Account, Posting, Side};
use crate::money::Money;
use crate::orders::pricing::RateAmounts;
use crate::orders::{Order, TaxSum};

/// The data of a document that doesn't depend on its lines.
#[derive(Debug, Clone)]
pub struct DocumentHeader {
    /// Its id.
    pub id: InvoiceId,
    /// Its number.
    pub number: Number,
    /// The date of issue, in the seller's time zone.
    pub issued_on: Date,
    /// The seller.
    pub seller: Seller,
    /// The footer.
    pub footer: Option<String>,
}

/// The reason why an invoice is credited, fully or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A refund succeeded.
    Refund {
        /// Its ID.
        id: RefundId,
        /// Its amount.
        amount: Money,
        /// The values of its returned items, including tax in minor units, one for each line of the
        /// invoice. Empty if no items are returned.
        values: Vec<i64>,
    },
    /// The invoice is declared void.
    Void,
}

/// Returns the event that issues the invoice of an order.
///
/// # Errors
/// [`Error::Internal`] if its sums don't agree.
pub fn issue(
    order: &Order,
    heading: DocumentHeader,
    due_on: Date,
    supplied_on: Option<Date>,
    at: Timestamp,
) -> Result<InvoiceEvent> {
    let lines = order.items.iter().map(|line| InvoiceLine {
        sku: line.sku.clone(),
        name: line.name.clone(),
        unit_price: line.unit_price,
        quantity: line.quantity,
        tax_percent: line.tax_percent,
        net: line.net,
    });
    let content = Content {
        id: heading.id,
        kind: InvoiceKind::Invoice,
        number: heading.number.text(),
        series: heading.number.series,
        sequence: heading.number.sequence,
        order_id: order.id,
        user_id: order.user_id,
        corrects: None,
        refund_id: None,
        issued_on: heading.issued_on,
        supplied_on,
        due_on: Some(due_on),
        currency: order.currency,
        lines: lines.collect(),
        subtotal: order.subtotal,
        taxes: order.taxes.clone(),
        tax: order.tax,
        total: order.total,
        seller: heading.seller,
        footer: heading.footer,
        created_at: at,
    };
    issued(content)
}

fn issued(content: Content) -> Result<InvoiceEvent> {
    let (ours, theirs) = match content.kind {
        InvoiceKind::Invoice => (Side::Debit, Side::Credit),
        InvoiceKind::CreditNote => (Side::Credit, Side::Debit),
    };
    let entries = [
        (Account::Receivables, ours, content.total.amount),
        (Account::Revenue, theirs, content.subtotal.amount),
        (Account::TaxPayable, theirs, content.tax.amount),
    ];
    let (posting, at) = (Posting::new(content.currency, entries)?, content.created_at);
    Ok(InvoiceEvent::Issued { content: Box::new(content), posting, at })
}

impl Invoice {
    /// Marks it as paid because its order was paid. Returns no event if it isn't open.
    #[must_use]
    pub fn pay(&self, payment_id: Option<PaymentId>, at: Timestamp) -> Vec<InvoiceEvent> {
        if self.status == InvoiceStatus::Open {
            vec![InvoiceEvent::Paid { payment_id, at }]
        } else {
            Vec::new()
        }
    }

    /// Credits it, fully or in part: returns the events of this invoice, and the credit note to
    /// issue. `None` if the refund has already been credited.
    ///
    /// # Errors
    /// `invoice-not-voidable` if it is to be voided and isn't open; [`Error::Internal`] if the
    /// amount exceeds what can still be credited.
    pub fn credit(
        &self,
        reason: Reason,
        heading: DocumentHeader,
        at: Timestamp,
    ) -> Result<Option<(Vec<InvoiceEvent>, InvoiceEvent)>> {
        let (refund_id, amount, values) = match &reason {
            Reason::Refund { id, amount, values } => (Some(*id), amount.amount, values.as_slice()),
            Reason::Void => {
                self.check_voidable()?;
                (None, self.left().total(), [].as_slice())
            }
        };
        if refund_id.is_some() && self.credits.iter().any(|credit| credit.refund_id == refund_id) {
            return Ok(None);
        }
        let share = self.left().share(amount, values).ok_or_else(|| {
            Error::internal(format!("{} has no {amount} left to credit", self.content.id))
        })?;
        let credit = Credit {
            id: heading.id,
            number: heading.number.text(),
            issued_on: heading.issued_on,
            refund_id,
            lines: share.lines.clone(),
            taxes: share.taxes.iter().map(|sum| (sum.base, sum.tax)).collect(),
            withdrawn_by: None,
        };
        let note = self.correction(
            InvoiceKind::CreditNote,
            self.corrected(),
            &share,
            refund_id,
            heading,
            at,
        )?;
        let mut events = vec![InvoiceEvent::Credited { credit, at }];
        if reason == Reason::Void {
            events.push(InvoiceEvent::Voided { at });
        }
        Ok(Some((events, note)))
    }

    /// Reverses the credit note of a refund that failed: returns the event of this invoice, and the
    /// invoice to issue. `None` if there is no such note, or it has already been reversed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the sums don't agree.
    pub fn withdraw(
        &self,
        refund: RefundId,
        heading: DocumentHeader,
        at: Timestamp,
    ) -> Result<Option<(InvoiceEvent, InvoiceEvent)>> {
        let standing =
            |credit: &&Credit| credit.refund_id == Some(refund) && credit.withdrawn_by.is_none();
        let Some(credit) = self.credits.iter().find(standing) else { return Ok(None) };
        let share = Allocation {
            lines: credit.lines.clone(),
            taxes: self
                .left()
                .taxes()
                .zip(&credit.taxes)
                .map(|(sum, (base, tax))| RateAmounts { base: *base, tax: *tax, ..sum })
                .collect(),
        };
        let event =
            InvoiceEvent::CreditWithdrawn { credit_note_id: credit.id, invoice_id: heading.id, at };
        let corrected =
            Corrected { id: credit.id, number: credit.number.clone(), issued_on: credit.issued_on };
        let issued =
            self.correction(InvoiceKind::Invoice, corrected, &share, Some(refund), heading, at)?;
        Ok(Some((event, issued)))
    }

    /// Checks whether it can be voided.
    ///
    /// # Errors
    /// `invoice-not-voidable`.
    pub fn check_voidable(&self) -> Result<()> {
        let detail = match (self.content.kind, self.status) {
            (InvoiceKind::CreditNote, _) => {
                "A credit note can't be void; issue a new invoice.".to_owned()
            }
            (_, InvoiceStatus::Open) => return Ok(()),
            (_, InvoiceStatus::Paid) => {
                "The invoice is paid. Refund its payment instead; a credit note is then issued."
                    .to_owned()
            }
            (_, InvoiceStatus::Void) => "The invoice is already void.".to_owned(),
        };
        Err(Error::refused("invoice-not-voidable", detail))
    }

    /// Records its file. Returns no event if there already is one: an issued document isn't written
    /// again.
    #[must_use]
    pub fn keep_file(&self, file: File, at: Timestamp) -> Vec<InvoiceEvent> {
        if self.file.is_none() { vec![InvoiceEvent::Filed { file, at }] } else { Vec::new() }
    }

    /// Requests that it is sent again.
    ///
    /// # Errors
    /// `invoice-not-ready` until its file is written; it is then sent automatically.
    pub fn send(&self, at: Timestamp) -> Result<InvoiceEvent> {
        self.written().map(|_| InvoiceEvent::SendingRequested { at })
    }

    /// Returns its file.
    ///
    /// # Errors
    /// `invoice-not-ready` until it is written.
    pub fn written(&self) -> Result<&File> {
        let detail = "The PDF is still being created. It is sent as soon as it is ready.";
        self.file.as_ref().ok_or_else(|| Error::refused("invoice-not-ready", detail))
    }

    /// Reminds the buyer, if a reminder is due that hasn't been sent yet. `days` are the days after
    /// the due date on which reminders are due, ascending. If several are due, only one is sent.
    #[must_use]
    pub fn remind(&self, days: &[u16], today: Date, at: Timestamp) -> Vec<InvoiceEvent> {
        let Some(due_on) = self.content.due_on.filter(|_| self.status == InvoiceStatus::Open)
        else {
            return Vec::new();
        };
        let overdue = (today - due_on).get_days();
        let reached = days.iter().filter(|day| i32::from(**day) <= overdue).count();
        let reached = u16::try_from(reached).unwrap_or(u16::MAX);
        if reached > self.reminders {
            vec![InvoiceEvent::Reminded { reminder: reached, at }]
        } else {
            Vec::new()
        }
    }

    fn corrected(&self) -> Corrected {
        Corrected {
            id: self.content.id,
            number: self.content.number.clone(),
            issued_on: self.content.issued_on,
        }
    }

    /// Returns the event that issues a document about a share of this invoice.
    fn correction(
        &self,
        kind: InvoiceKind,
        corrects: Corrected,
        share: &Allocation,
        refund_id: Option<RefundId>,
        heading: DocumentHeader,
        at: Timestamp,
    ) -> Result<InvoiceEvent> {
        let money = |amount: i64| Money::new(amount, self.content.currency);
        let sum = |part: fn(&RateAmounts) -> i64| share.taxes.iter().map(part).sum::<i64>();
        let (subtotal, tax) = (sum(|sum| sum.base), sum(|sum| sum.tax));
        let lines = self.credited_lines(share);
        // Includes each rate that a line has, and each with a share.
        let taxes = share.taxes.iter().filter(|sum| {
            sum.base + sum.tax > 0 || lines.iter().any(|line| line.tax_percent == sum.rate)
        });
        issued(Content {
            id: heading.id,
            kind,
            number: heading.number.text(),
            series: heading.number.series,
            sequence: heading.number.sequence,
            corrects: Some(corrects),
            refund_id,
            issued_on: heading.issued_on,
            due_on: None,
            taxes: taxes
                .map(|sum| TaxSum { rate: sum.rate, base: money(sum.base), tax: money(sum.tax) })
                .collect(),
            lines,
            subtotal: money(subtotal),
            tax: money(tax),
            total: money(subtotal + tax),
            seller: heading.seller,
            footer: heading.footer,
            created_at: at,
            ..self.content.clone()
        })
    }
}
