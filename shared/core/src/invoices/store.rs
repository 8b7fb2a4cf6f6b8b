//! Invoices in DynamoDB: reads, and the commits that change them.

use std::collections::HashMap;

use builder_identity::account;
use builder_store::aggregate::{Aggregate as _, Owner, Versioned};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::listing::{Listing, Page, page, page_oldest_first};
use builder_store::table::{Item, Table, primary, text, textual};
use jiff::Span;
use jiff::civil::Date;

use crate::id::{InvoiceId, RefundId};
use crate::invoices::decide::{self, DocumentHeader, Reason};
use crate::invoices::invoice::{Invoice, InvoiceEvent, InvoiceKind, InvoiceStatus};
use crate::invoices::number::{self, Number};
use crate::invoices::parties::{Buyer, Seller};
use crate::keys::{self, Key};
use crate::orders::store::find as find_order;
use crate::orders::{self, Order, OrderStatus};
use crate::payments::{Refund, RefundStatus};
use crate::{ledger, settings};

/// The data for issuing documents: the settings, and the host name of the shop.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// The current settings.
    pub settings: settings::Document,
    /// The API's host name, which identifies a shop without a name.
    pub host: String,
}

impl Issuer {
    /// Returns the due date of an invoice issued on `day`, unless another one is agreed on.
    ///
    /// # Errors
    /// [`Error::Internal`] if the date is out of range.
    pub fn due_on(&self, day: Date) -> Result<Date> {
        day.checked_add(Span::new().days(i64::from(self.settings.invoices.payment_term_days)))
            .map_err(Error::internal)
    }

    async fn heading(
        &self,
        table: &Table,
        kind: InvoiceKind,
        context: &Context,
    ) -> Result<DocumentHeader> {
        let invoices = &self.settings.invoices;
        let issued_on = self.settings.day(context.at);
        let prefix = match kind {
            InvoiceKind::Invoice => &invoices.prefix,
            InvoiceKind::CreditNote => &invoices.credit_note_prefix,
        };
        let number = number::next(table, number::series(prefix, invoices, issued_on)).await?;
        let seller = Seller::of(&self.settings, &self.host);
        Ok(DocumentHeader {
            id: InvoiceId::new(context.at),
            number,
            issued_on,
            seller,
            footer: invoices.footer.clone(),
        })
    }
}

/// Reads an invoice or a credit note.
///
/// # Errors
/// [`Error::NotFound`] if it doesn't exist or belongs to someone else; as [`Table::load`].
pub async fn find(table: &Table, owner: Owner, id: InvoiceId) -> Result<Versioned<Invoice>> {
    let invoice: Option<Versioned<Invoice>> = table.load(&keys::state(Invoice::KIND, id)).await?;
    invoice
        .filter(|invoice| owner.may_see(invoice.state.content.user_id))
        .ok_or(Error::NotFound { what: "invoice" })
}

/// Reads the buyer of a document.
///
/// # Errors
/// [`Error::Internal`] if it is missing; as [`Table::get`].
pub async fn buyer(table: &Table, id: InvoiceId) -> Result<Buyer> {
    let item = table
        .get(&keys::buyer(id))
        .await?
        .ok_or_else(|| Error::internal(format!("{id} has no buyer")))?;
    serde_json::from_str(text(&item, "buyer")?).map_err(Error::internal)
}

/// Reads the buyers of these documents.
///
/// # Errors
/// As [`Table::get_all`].
pub async fn buyers<'a>(
    table: &Table,
    invoices: impl Iterator<Item = &'a Invoice>,
) -> Result<HashMap<InvoiceId, Buyer>> {
    let wanted: HashMap<Key, InvoiceId> =
        invoices.map(|invoice| (keys::buyer(invoice.content.id), invoice.content.id)).collect();
    let items = table.get_all(&wanted.keys().cloned().collect::<Vec<_>>()).await?;
    let read = |(key, item): (Key, Item)| {
        let buyer = serde_json::from_str(text(&item, "buyer")?).map_err(Error::internal)?;
        Ok(wanted.get(&key).map(|id| (*id, buyer)))
    };
    items.into_iter().filter_map(|entry| read(entry).transpose()).collect()
}

/// Reads a page of documents, newest first.
///
/// # Errors
/// As [`page`].
pub async fn list(
    table: &Table,
    owner: Owner,
    status: Option<InvoiceStatus>,
    before: Option<&str>,
    limit: usize,
) -> Result<Page<Versioned<Invoice>>> {
    let listing = match (owner, status) {
        (Owner::Only(user), _) => Listing::of_owner::<Invoice>(user),
        (Owner::Any, Some(status)) => Listing::of_status::<Invoice>(status),
        (Owner::Any, None) => Listing::of_all::<Invoice>(),
    };
    page(table, &listing, before, limit).await
}

/// Reads a page of the open invoices, the oldest first.
///
/// # Errors
/// As [`page_oldest_first`].
pub async fn list_open_oldest_first(
    table: &Table,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Versioned<Invoice>>> {
    let listing = Listing::of_status::<Invoice>(InvoiceStatus::Open);
    page_oldest_first(table, &listing, after, limit).await
}

/// Creates the commit that invoices an order with the next number. Sending it fails with
/// [`Error::VersionConflict`] if the order has changed or the number has been taken.
///
/// # Errors
/// As [`orders::invoice`]; as [`Table::call`].
pub async fn issue(
    table: &Table,
    context: &Context,
    issuer: &Issuer,
    order: &Versioned<Order>,
    due_on: Option<Date>,
) -> Result<(Commit, Versioned<Invoice>)> {
    let heading = issuer.heading(table, InvoiceKind::Invoice, context).await?;
    let marked = orders::invoice(&order.state, heading.id, context.at)?;
    let due_on = due_on.map_or_else(|| issuer.due_on(issuer.settings.day(context.at)), Ok)?;
    let supplied_on = order.state.completed_at.map(|at| issuer.settings.day(at));
    let mut commit = Commit::new(context);
    commit.save(Some(order), &[marked], None)?;
    let number = heading.number.clone();
    let mut events = vec![decide::issue(&order.state, heading, due_on, supplied_on, context.at)?];
    if let Some(at) = order.state.paid_at {
        events.push(InvoiceEvent::Paid { payment_id: order.state.payment_id, at });
    }
    let buyer = current_buyer(table, order).await?;
    let invoice = add(&mut commit, &number, &buyer, &events)?;
    Ok((commit, invoice))
}

/// Adds a new document to `commit`, with its number and its postings.
fn add(
    commit: &mut Commit,
    number: &Number,
    buyer: &Buyer,
    events: &[InvoiceEvent],
) -> Result<Versioned<Invoice>> {
    number.take(commit);
    let invoice: Versioned<Invoice> = commit.save(None, events, None)?;
    let key = keys::buyer(invoice.state.content.id);
    let mut item: Item = primary(&key);
    item.extend(HashMap::from([(
        "buyer".to_owned(),
        textual(serde_json::to_string(buyer).map_err(Error::internal)?),
    )]));
    commit.insert(key, item, Error::VersionConflict);
    let postings = events.iter().filter_map(|event| match event {
        InvoiceEvent::Issued { posting, .. } => Some(posting),
        _ => None,
    });
    let content = &invoice.state.content;
    ledger::post(commit, content.issued_on, content.id.as_u128(), postings);
    Ok(invoice)
}

/// Returns the buyer, from the current account. The buyer of an erased account has no data.
async fn current_buyer(table: &Table, order: &Versioned<Order>) -> Result<Buyer> {
    let account = account::store::load(table, order.state.user_id).await?;
    Ok(account.map_or_else(Buyer::unknown, |account| Buyer::of(&account.user.state)))
}

/// Invoices an order that was paid, or marks its invoice as paid. Does nothing if that was done
/// before, or there is nothing to invoice.
///
/// # Errors
/// [`Error::VersionConflict`] when something has changed meanwhile; as [`Commit::send`].
pub async fn note_payment(
    table: &Table,
    context: &Context,
    issuer: &Issuer,
    order: &Versioned<Order>,
) -> Result<()> {
    if !order.state.is_paid() || order.state.total.amount == 0 {
        return Ok(());
    }
    let Some(invoice) = order.state.invoice_id else {
        return Box::pin(async {
            issue(table, context, issuer, order, None).await?.0.send(table).await
        })
        .await;
    };
    let invoice = find(table, Owner::Any, invoice).await?;
    let events = invoice.state.pay(order.state.payment_id, context.at);
    if events.is_empty() {
        return Ok(());
    }
    let mut commit = Commit::new(context);
    commit.save(Some(&invoice), &events, None)?;
    commit.send(table).await
}

/// Issues the credit note of a refund, or withdraws it if the refund failed later. Does nothing if
/// that was done before, or the order has no invoice: late payments aren't invoiced.
///
/// # Errors
/// [`Error::VersionConflict`] when something has changed meanwhile; as [`Commit::send`].
pub async fn note_refund(
    table: &Table,
    context: &Context,
    issuer: &Issuer,
    refund: &Refund,
) -> Result<()> {
    let order = find_order(table, Owner::Any, refund.order_id).await?;
    if order.state.invoice_id.is_none() {
        // The event of its payment may not have been processed yet.
        note_payment(table, context, issuer, &order).await?;
    }
    let order = find_order(table, Owner::Any, refund.order_id).await?;
    let Some(id) = order.state.invoice_id else { return Ok(()) };
    let invoice = find(table, Owner::Any, id).await?;
    let buyer = buyer(table, id).await?;
    let mut commit = Commit::new(context);
    match refund.status {
        RefundStatus::Pending => return Ok(()),
        RefundStatus::Succeeded => {
            let heading = issuer.heading(table, InvoiceKind::CreditNote, context).await?;
            let number = heading.number.clone();
            let (id, amount) = (refund.id, refund.amount);
            let reason = Reason::Refund { id, amount, values: values(&order.state, refund) };
            let Some((events, note)) = invoice.state.credit(reason, heading, context.at)? else {
                return Ok(());
            };
            commit.save(Some(&invoice), &events, None)?;
            add(&mut commit, &number, &buyer, &[note])?;
        }
        RefundStatus::Failed => {
            let heading = issuer.heading(table, InvoiceKind::Invoice, context).await?;
            let number = heading.number.clone();
            let Some((event, issued)) = invoice.state.withdraw(refund.id, heading, context.at)?
            else {
                return Ok(());
            };
            commit.save(Some(&invoice), &[event], None)?;
            add(&mut commit, &number, &buyer, &[issued])?;
        }
    }
    Box::pin(commit.send(table)).await
}

/// Returns the values of the returned items of a refund, one for each line of the order, which are
/// those of its invoice. Empty if there are none.
fn values(order: &Order, refund: &Refund) -> Vec<i64> {
    let value = |product| {
        let items = refund.items.iter().filter(|item| item.product_id == product);
        items.map(|item| item.value).sum()
    };
    if refund.items.is_empty() {
        Vec::new()
    } else {
        order.items.iter().map(|line| value(line.product_id)).collect()
    }
}

/// Creates the commit that voids an open invoice with a credit note of the whole invoice. Its order
/// can be invoiced again if it isn't paid yet.
///
/// # Errors
/// `invoice-not-voidable`; as [`Table::call`]; sending it, [`Error::VersionConflict`] when
/// something has changed.
pub async fn void(
    table: &Table,
    context: &Context,
    issuer: &Issuer,
    invoice: &Versioned<Invoice>,
) -> Result<(Commit, Versioned<Invoice>)> {
    invoice.state.check_voidable()?;
    let order = find_order(table, Owner::Any, invoice.state.content.order_id).await?;
    let mut commit = Commit::new(context);
    match order.state.status {
        _ if order.state.is_paid() => {
            let detail = "The order has just been paid. Refund the payment instead; a credit note \
             is then issued.";
            return Err(Error::refused("invoice-not-voidable", detail));
        }
        OrderStatus::Pending => {
            drop(commit.save(Some(&order), &[orders::release_invoice(context.at)], None)?)
        }
        _ => commit.require_version(order.state.key(), order.version),
    }
    let buyer = buyer(table, invoice.state.content.id).await?;
    let heading = issuer.heading(table, InvoiceKind::CreditNote, context).await?;
    let number = heading.number.clone();
    let credited = invoice.state.credit(Reason::Void, heading, context.at)?;
    let (events, note) = credited.ok_or_else(|| {
        Error::internal(
            "the credit note of a voided \
     invoice exists already",
        )
    })?;
    add(&mut commit, &number, &buyer, &[note])?;
    let after = commit.save(Some(invoice), &events, None)?;
    Ok((commit, after))
}

/// Voids the invoice of an order that has ended without payment. Does nothing if there is none, or
/// it isn't open.
///
/// # Errors
/// As [`void`] and [`Commit::send`].
pub async fn note_cancellation(
    table: &Table,
    context: &Context,
    issuer: &Issuer,
    order: &Versioned<Order>,
) -> Result<()> {
    let given_up = matches!(order.state.status, OrderStatus::Cancelled | OrderStatus::Failed)
        && !order.state.is_paid();
    let Some(id) = order.state.invoice_id.filter(|_| given_up) else { return Ok(()) };
    let invoice = find(table, Owner::Any, id).await?;
    if invoice.state.status != InvoiceStatus::Open {
        return Ok(());
    }
    Box::pin(async { void(table, context, issuer, &invoice).await?.0.send(table).await }).await
}

/// Creates the commit that stores events of one invoice only. It is empty if there are none.
///
/// # Errors
/// As [`Commit::save`]; sending it, [`Error::VersionConflict`].
pub fn change(
    context: &Context,
    invoice: &Versioned<Invoice>,
    events: &[InvoiceEvent],
) -> Result<(Commit, Versioned<Invoice>)> {
    let mut commit = Commit::new(context);
    if events.is_empty() {
        return Ok((commit, invoice.clone()));
    }
    let after = commit.save(Some(invoice), events, None)?;
    Ok((commit, after))
}

/// Returns the refund of an event.
///
/// # Errors
/// [`Error::NotFound`]; as [`Table::load`].
pub async fn refund(table: &Table, id: RefundId) -> Result<Refund> {
    Ok(crate::payments::store::find_refund(table, Owner::Any, id).await?.state)
}
