//! Payments and refunds in DynamoDB: reads, and the commits that change them.

use std::collections::{BTreeSet, HashMap};

use builder_store::aggregate::{Aggregate as _, Owner, Versioned, fold};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::table::{Table, versioned};
use jiff::civil::Date;

use crate::id::{OrderId, PaymentId, RefundId};
use crate::keys::{self, Key};
use crate::ledger::{self, Posting};
use crate::orders::store::{return_items, return_stock};
use crate::orders::{self, CancelReason, Order, OrderEvent, OrderStatus};
use crate::payments::payment::{Observed, Payment, PaymentEvent, PaymentStatus, Start};
use crate::payments::refund::{
    ObservedRefund, Refund, RefundEvent, RefundReason, RefundStatus, RequestRefund,
};

/// Reads a payment.
///
/// # Errors
/// [`Error::NotFound`] if it doesn't exist or belongs to someone else; as [`Table::load`].
pub async fn find(table: &Table, owner: Owner, id: PaymentId) -> Result<Versioned<Payment>> {
    let payment: Option<Versioned<Payment>> = table.load(&keys::state(Payment::KIND, id)).await?;
    payment
        .filter(|payment| owner.may_see(payment.state.user_id))
        .ok_or(Error::NotFound { what: "payment" })
}

/// Reads the payments of these orders that have been started.
///
/// # Errors
/// As [`Table::get_all`].
pub async fn of_orders<'a>(
    table: &Table,
    orders: impl Iterator<Item = &'a Order>,
) -> Result<HashMap<OrderId, Payment>> {
    let keys: Vec<Key> = orders
        .filter_map(|order| order.payment_id)
        .map(|id| keys::state(Payment::KIND, id))
        .collect();
    let payments = table
        .get_all(&keys)
        .await?
        .into_values()
        .map(|item| versioned::<Payment>(item).map(|payment| payment.state));
    payments.map(|payment| payment.map(|payment| (payment.order_id, payment))).collect()
}

/// Reads a refund.
///
/// # Errors
/// [`Error::NotFound`] if it doesn't exist or belongs to someone else; as [`Table::load`].
pub async fn find_refund(table: &Table, owner: Owner, id: RefundId) -> Result<Versioned<Refund>> {
    let refund: Option<Versioned<Refund>> = table.load(&keys::state(Refund::KIND, id)).await?;
    refund
        .filter(|refund| owner.may_see(refund.state.user_id))
        .ok_or(Error::NotFound { what: "refund" })
}

/// Reads many payments of any owner. Payments that don't exist are omitted.
///
/// # Errors
/// As [`Table::get_all`].
pub async fn find_many_any_owner(
    table: &Table,
    ids: &[PaymentId],
) -> Result<HashMap<PaymentId, Versioned<Payment>>> {
    let keys = distinct(ids.iter().map(|id| keys::state(Payment::KIND, id)));
    let found = table.get_all(&keys).await?.into_values().map(versioned::<Payment>);
    found.map(|payment| payment.map(|payment| (payment.state.id, payment))).collect()
}

/// As [`find_many_any_owner`], for refunds.
///
/// # Errors
/// As [`Table::get_all`].
pub async fn find_many_refunds_any_owner(
    table: &Table,
    ids: &[RefundId],
) -> Result<HashMap<RefundId, Versioned<Refund>>> {
    let keys = distinct(ids.iter().map(|id| keys::state(Refund::KIND, id)));
    let found = table.get_all(&keys).await?.into_values().map(versioned::<Refund>);
    found.map(|refund| refund.map(|refund| (refund.state.id, refund))).collect()
}

/// Removes duplicate keys, because DynamoDB rejects a batch that contains one.
fn distinct(keys: impl Iterator<Item = Key>) -> Vec<Key> {
    keys.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Reads the order of a payment.
///
/// # Errors
/// As [`orders::store::find`].
pub async fn order_of(table: &Table, payment: &Versioned<Payment>) -> Result<Versioned<Order>> {
    orders::store::find(table, Owner::Any, payment.state.order_id).await
}

/// A refund with its payment and order, all read at the same time.
#[derive(Debug)]
pub struct RefundContext {
    /// The refund.
    pub refund: Versioned<Refund>,
    /// Its payment.
    pub payment: Versioned<Payment>,
    /// The order that the payment pays.
    pub order: Versioned<Order>,
}

/// Reads a refund with its payment and order.
///
/// # Errors
/// [`Error::NotFound`]; as [`Table::get_all`].
pub async fn refund_with_payment(table: &Table, id: RefundId) -> Result<RefundContext> {
    let refund = find_refund(table, Owner::Any, id).await?;
    let payment = keys::state(Payment::KIND, refund.state.payment_id);
    let order = keys::state(Order::KIND, refund.state.order_id);
    let refund = refund.state.key();
    let mut items = table.get_all(&[payment.clone(), order.clone(), refund.clone()]).await?;
    let mut take = |key, what| items.remove(&key).ok_or(Error::NotFound { what });
    Ok(RefundContext {
        refund: versioned(take(refund, "refund")?)?,
        payment: versioned(take(payment, "payment")?)?,
        order: versioned(take(order, "order")?)?,
    })
}

/// Creates the commit that starts the payment of an order.
///
/// # Errors
/// As [`orders::start_payment`]; sending it, [`Error::VersionConflict`] if the order has changed:
/// another request may have started its payment.
pub fn start(
    context: &Context,
    order: &Versioned<Order>,
    id: PaymentId,
) -> Result<(Commit, Versioned<Payment>)> {
    let event = orders::start_payment(&order.state, id, context.at)?;
    let mut commit = Commit::new(context);
    commit.save(Some(order), &[event], None)?;
    let command = Start {
        id,
        order_id: order.state.id,
        user_id: order.state.user_id,
        amount: order.state.total,
    };
    let payment = commit.save(None, &[Payment::start(command, context.at)], None)?;
    Ok((commit, payment))
}

/// Creates the commit for another attempt at the provider.
///
/// # Errors
/// As [`Commit::save`]; sending it, [`Error::VersionConflict`].
pub fn retry(
    context: &Context,
    payment: &Versioned<Payment>,
) -> Result<(Commit, Versioned<Payment>)> {
    let mut commit = Commit::new(context);
    let after = commit.save(Some(payment), &[payment.state.retry(context.at)], None)?;
    Ok((commit, after))
}

/// Creates the commit that records the provider's state of a payment and its consequences: the
/// order is paid, or fails, or the payment is refunded. It is empty if nothing has changed.
///
/// # Errors
/// As [`Payment::settle`]; sending it, [`Error::VersionConflict`].
pub fn settle(
    context: &Context,
    day: Date,
    payment: &Versioned<Payment>,
    order: &Versioned<Order>,
    seen: &Observed,
) -> Result<(Commit, Versioned<Payment>)> {
    let mut commit = Commit::new(context);
    let mut events = payment.state.settle(seen, context.at)?;
    if events.is_empty() {
        return Ok((commit, payment.clone()));
    }
    let happened =
        |wanted: fn(&PaymentEvent) -> bool, events: &[PaymentEvent]| events.iter().any(wanted);
    if happened(|event| matches!(event, PaymentEvent::Succeeded { .. }), &events) {
        match order.state.status {
            OrderStatus::Pending => {
                commit.save(
                    Some(order),
                    &orders::pay(&order.state, payment.state.id, context.at),
                    None,
                )?;
            }
            _ => {
                let paid = fold(Some(payment.state.clone()), &events)
                    .ok_or_else(|| Error::internal("a payment has no state"))?;
                let command = RequestRefund {
                    id: RefundId::new(context.at),
                    amount: None,
                    reason: RefundReason::OrderCancelled,
                    items: Vec::new(),
                };
                let (event, refund) = Refund::request(&paid, command, context.at)?;
                events.push(event);
                commit.save::<Refund>(None, &[refund], None)?;
            }
        }
    }
    if happened(|event| matches!(event, PaymentEvent::Cancelled { .. }), &events) {
        let failed = orders::fail(&order.state, context.at);
        if !failed.is_empty() {
            commit.save(Some(order), &failed, None)?;
            return_stock(&mut commit, &order.state);
        }
    }
    ledger::post(
        &mut commit,
        day,
        payment.state.id.as_u128(),
        events.iter().filter_map(PaymentEvent::posting),
    );
    let after = commit.save(Some(payment), &events, None)?;
    Ok((commit, after))
}

/// Creates the commit that requests a refund of a payment of this order, and adds its returned
/// items to the stock.
///
/// # Errors
/// As [`Refund::request`]; sending it fails with [`Error::VersionConflict`] on a conflict.
pub fn request_refund(
    context: &Context,
    payment: &Versioned<Payment>,
    order: &Versioned<Order>,
    command: RequestRefund,
) -> Result<(Commit, Versioned<Refund>)> {
    let mut commit = Commit::new(context);
    if !command.items.is_empty() {
        let (refund_id, items) = (command.id, command.items.clone());
        return_items(&mut commit, &items);
        let returned = OrderEvent::ItemsReturned { refund_id, items, at: context.at };
        commit.save(Some(order), &[returned], None)?;
    }
    let (event, requested) = Refund::request(&payment.state, command, context.at)?;
    commit.save(Some(payment), &[event], None)?;
    let refund = commit.save(None, &[requested], None)?;
    Ok((commit, refund))
}

/// Creates the commit that records a refund that was made at the provider, not here. `None` if no
/// money was moved, or more than can be refunded.
///
/// # Errors
/// As [`Refund::settle`]; sending it fails with [`Error::VersionConflict`] on a conflict, or if the
/// refund was recorded before.
pub fn adopt_refund(
    context: &Context,
    day: Date,
    payment: &Versioned<Payment>,
    order: &Versioned<Order>,
    seen: &ObservedRefund,
) -> Result<Option<Commit>> {
    let refundable = payment.state.status == PaymentStatus::Succeeded
        && seen.amount.currency == payment.state.amount.currency
        && (1..=payment.state.refundable()).contains(&seen.amount.amount);
    if seen.status == RefundStatus::Failed || !refundable {
        return Ok(None);
    }
    let command = RequestRefund {
        id: payment.state.id_of_provider_refund(&seen.id),
        amount: Some(seen.amount),
        reason: RefundReason::MadeAtProvider,
        items: Vec::new(),
    };
    let (set_aside, requested) = Refund::request(&payment.state, command, context.at)?;
    let refund = Refund::apply(None, &requested)
        .ok_or_else(|| Error::internal("a requested refund has no state"))?;
    let (news, of_payment) = refund.settle(seen, context.at)?;
    let mut commit = Commit::new(context);
    ledger::post(
        &mut commit,
        day,
        refund.id.as_u128(),
        news.iter().filter_map(RefundEvent::posting),
    );
    let events: Vec<RefundEvent> = std::iter::once(requested).chain(news).collect();
    commit.save::<Refund>(None, &events, None)?;
    save_on_order(&mut commit, order, &refund, &of_payment)?;
    let events: Vec<PaymentEvent> = std::iter::once(set_aside).chain(of_payment).collect();
    commit.save(Some(payment), &events, None)?;
    Ok(Some(commit))
}

/// Creates the commit that cancels an order, returns its stock, and requests the refund of what is
/// left of its payment, if it was paid.
///
/// # Errors
/// As [`orders::cancel`]; sending it fails with [`Error::VersionConflict`] on a conflict.
pub fn cancel_order(
    context: &Context,
    order: &Versioned<Order>,
    payment: Option<&Versioned<Payment>>,
    reason: CancelReason,
) -> Result<(Commit, Versioned<Order>)> {
    let (mut commit, after) = orders::store::cancel(context, order, reason)?;
    let paid = payment.filter(|payment| {
        payment.state.status == PaymentStatus::Succeeded && payment.state.refundable() > 0
    });
    if let Some(payment) = paid {
        let command = RequestRefund {
            id: RefundId::new(context.at),
            amount: None,
            reason: RefundReason::OrderCancelled,
            items: Vec::new(),
        };
        let (event, requested) = Refund::request(&payment.state, command, context.at)?;
        commit.save(Some(payment), &[event], None)?;
        commit.save::<Refund>(None, &[requested], None)?;
    }
    Ok((commit, after))
}

/// Creates the commit for another attempt to create a refund at the provider.
///
/// # Errors
/// As [`Commit::save`]; sending it, [`Error::VersionConflict`].
pub fn retry_refund(
    context: &Context,
    refund: &Versioned<Refund>,
) -> Result<(Commit, Versioned<Refund>)> {
    let mut commit = Commit::new(context);
    let after = commit.save(Some(refund), &[refund.state.retry(context.at)], None)?;
    Ok((commit, after))
}

/// The outcome of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    /// It exists at the provider.
    Seen(ObservedRefund),
    /// The provider rejected it permanently, for this reason.
    Refused(String),
}

/// Creates the commit that records it on the refund, its payment, and its order. It is empty if
/// nothing has changed.
///
/// # Errors
/// As [`Refund::settle`]; sending it fails with [`Error::VersionConflict`] on a conflict.
pub fn settle_refund(
    context: &Context,
    day: Date,
    refund: &Versioned<Refund>,
    payment: &Versioned<Payment>,
    order: &Versioned<Order>,
    outcome: &RefundOutcome,
) -> Result<Commit> {
    let (events, of_payment) = match outcome {
        RefundOutcome::Seen(seen) => refund.state.settle(seen, context.at)?,
        RefundOutcome::Refused(code) => refund.state.refuse(code, context.at),
    };
    let mut commit = Commit::new(context);
    ledger::post(
        &mut commit,
        day,
        refund.state.id.as_u128(),
        events.iter().filter_map(RefundEvent::posting),
    );
    if !events.is_empty() {
        commit.save(Some(refund), &events, None)?;
    }
    if !of_payment.is_empty() {
        commit.save(Some(payment), &of_payment, None)?;
        save_on_order(&mut commit, order, &refund.state, &of_payment)?;
    }
    Ok(commit)
}

/// Records the outcome of a refund on the order. Does nothing for a late payment, which the order
/// doesn't count as its own.
fn save_on_order(
    commit: &mut Commit,
    order: &Versioned<Order>,
    refund: &Refund,
    events: &[PaymentEvent],
) -> Result<()> {
    let items = &refund.items;
    let of_order: Vec<OrderEvent> = events
        .iter()
        .filter_map(|event| match *event {
            PaymentEvent::Refunded { refund_id, amount, at } => {
                Some(OrderEvent::Refunded { refund_id, amount, at })
            }
            PaymentEvent::RefundFailed { refund_id, amount, returned, at }
                if returned || !items.is_empty() =>
            {
                let (succeeded, items) = (returned, items.clone());
                Some(OrderEvent::RefundFailed { refund_id, amount, succeeded, items, at })
            }
            _ => None,
        })
        .collect();
    if order.state.is_paid() && !of_order.is_empty() {
        commit.save(Some(order), &of_order, None)?;
    }
    Ok(())
}

impl PaymentEvent {
    /// Returns its posting, if it has one.
    #[must_use]
    pub fn posting(&self) -> Option<&Posting> {
        match self {
            Self::Succeeded { posting, .. } | Self::FeeCharged { posting, .. } => Some(posting),
            _ => None,
        }
    }
}

impl RefundEvent {
    /// Returns its posting, if it has one.
    #[must_use]
    pub fn posting(&self) -> Option<&Posting> {
        match self {
            Self::Succeeded { posting, .. } => Some(posting),
            Self::Failed { posting, .. } => posting.as_ref(),
            _ => None,
        }
    }
}
