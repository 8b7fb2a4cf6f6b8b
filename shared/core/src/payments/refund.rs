//! A refund's state, its events, and the decisions about it. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{OrderId, PaymentId, RefundId};
use crate::keys;
use crate::ledger::{Account, Posting};
use crate::money::Money;
use crate::orders::ReturnedItem;
use crate::payments::payment::{Payment, PaymentEvent};

/// A full or partial refund of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// The ID of the payment.
    pub payment_id: PaymentId,
    /// The ID of the order.
    pub order_id: OrderId,
    /// The ID of the payer's account.
    pub user_id: UserId,
    /// The amount.
    pub amount: Money,
    /// The reason.
    pub reason: RefundReason,
    /// The returned items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ReturnedItem>,
    /// The status.
    pub status: RefundStatus,
    /// The number of the attempt to create it at the provider, from 1.
    pub attempt: u32,
    /// The ID at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_refund: Option<String>,
    /// Why it failed, as the provider names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it succeeded or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
}

/// The status of a refund.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum RefundStatus {
    /// Requested; the provider hasn't completed it yet.
    Pending,
    /// The money was returned to the payer.
    Succeeded,
    /// The provider rejected it, or a bank returned the money.
    Failed,
}

/// Why a payment is refunded. There is no free text, since events are kept permanently and free
/// text can contain personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The customer requested it.
    RequestedByCustomer,
    /// It was paid twice.
    Duplicate,
    /// Someone else paid with the customer's card.
    Fraudulent,
    /// The order was cancelled: before it was paid, or afterwards.
    OrderCancelled,
    /// It was made at the payment provider, not here.
    MadeAtProvider,
}

/// The events of a refund. `at` is the time of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of `Refund`")]
pub enum RefundEvent {
    /// It was requested.
    #[serde(rename = "refund.requested")]
    Requested {
        id: RefundId,
        payment_id: PaymentId,
        order_id: OrderId,
        user_id: UserId,
        amount: Money,
        reason: RefundReason,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<ReturnedItem>,
        at: Timestamp,
    },
    /// It was created at the provider, with this ID.
    #[serde(rename = "refund.opened")]
    Opened { provider_refund: String, at: Timestamp },
    /// It will be created again: the last attempt doesn't exist at the provider, whose idempotency
    /// key may have expired.
    #[serde(rename = "refund.retried")]
    Retried { attempt: u32, at: Timestamp },
    /// The money was returned to the payer.
    #[serde(rename = "refund.succeeded")]
    Succeeded { posting: Posting, at: Timestamp },
    /// It failed. If there is a posting, it had succeeded before.
    #[serde(rename = "refund.failed")]
    Failed {
        code: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        posting: Option<Posting>,
        at: Timestamp,
    },
}

impl Aggregate for Refund {
    type Event = RefundEvent;

    const KIND: &'static str = "refund";

    fn apply(state: Option<Self>, event: &RefundEvent) -> Option<Self> {
        let Some(mut refund) = state else {
            let RefundEvent::Requested {
                id,
                payment_id,
                order_id,
                user_id,
                amount,
                reason,
                items,
                at,
            } = event.clone()
            else {
                return None;
            };
            return Some(Self {
                id,
                payment_id,
                order_id,
                user_id,
                amount,
                reason,
                items,
                status: RefundStatus::Pending,
                attempt: 1,
                provider_refund: None,
                failure: None,
                created_at: at,
                settled_at: None,
            });
        };
        match event.clone() {
            RefundEvent::Requested { .. } => {}
            RefundEvent::Opened { provider_refund, .. } => {
                refund.provider_refund = Some(provider_refund)
            }
            RefundEvent::Retried { attempt, .. } => refund.attempt = attempt,
            RefundEvent::Succeeded { at, .. } => {
                refund.status = RefundStatus::Succeeded;
                refund.settled_at = Some(at);
            }
            RefundEvent::Failed { code, at, .. } => {
                refund.status = RefundStatus::Failed;
                refund.failure = Some(code);
                refund.settled_at = Some(at);
            }
        }
        Some(refund)
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.user_id)
    }

    fn listed(&self) -> Listed {
        // Only pending refunds are listed.
        let pending = self.status == RefundStatus::Pending;
        let listing = keys::listing_by_status(Self::KIND, self.status);
        let by_status = pending.then(|| keys::sharded(&listing, self.id.as_u128()));
        Listed { by_status, ..Listed::default() }
    }
}

/// A refund to request.
#[derive(Debug, Clone)]
pub struct RequestRefund {
    /// Its ID.
    pub id: RefundId,
    /// The amount. If `None`, the value of the returned items, but at most what is left; without
    /// items, what is left.
    pub amount: Option<Money>,
    /// The reason.
    pub reason: RefundReason,
    /// The returned items.
    pub items: Vec<ReturnedItem>,
}

/// A refund as the provider sees it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedRefund {
    /// The ID at the provider.
    pub id: String,
    /// The status at the provider.
    pub status: RefundStatus,
    /// The amount.
    pub amount: Money,
    /// Why it failed.
    pub failure: Option<String>,
}

impl Refund {
    /// Requests a refund: returns the event of the payment and that of the new refund.
    ///
    /// # Errors
    /// As [`Payment::request_refund`].
    pub fn request(
        payment: &Payment,
        command: RequestRefund,
        at: Timestamp,
    ) -> Result<(PaymentEvent, RefundEvent)> {
        let RequestRefund { id, amount, reason, items } = command;
        // Less is left if an amount was refunded without naming items.
        let value: i64 = items.iter().map(|item| item.value).sum();
        let value = value.min(payment.refundable());
        let amount = amount.or((value > 0).then(|| Money::new(value, payment.amount.currency)));
        let (amount, event) = payment.request_refund(id, amount, at)?;
        let (payment_id, order_id, user_id) = (payment.id, payment.order_id, payment.user_id);
        Ok((
            event,
            RefundEvent::Requested { id, payment_id, order_id, user_id, amount, reason, items, at },
        ))
    }

    /// Returns the idempotency key of this attempt at the provider.
    #[must_use]
    pub fn provider_key(&self) -> String {
        format!("{}:{}", self.id, self.attempt)
    }

    /// Starts the next attempt, because the last one doesn't exist at the provider.
    #[must_use]
    pub fn retry(&self, at: Timestamp) -> RefundEvent {
        RefundEvent::Retried { attempt: self.attempt + 1, at }
    }

    /// Marks it as failed because the provider rejected it permanently.
    #[must_use]
    pub fn refuse(&self, code: &str, at: Timestamp) -> (Vec<RefundEvent>, Vec<PaymentEvent>) {
        if self.status != RefundStatus::Pending {
            return (Vec::new(), Vec::new());
        }
        let (refund_id, amount) = (self.id, self.amount);
        (
            vec![RefundEvent::Failed { code: code.to_owned(), posting: None, at }],
            vec![PaymentEvent::RefundFailed { refund_id, amount, returned: false, at }],
        )
    }

    /// Returns the events that the provider's state produces, for the refund and its payment; none
    /// if it is already recorded.
    ///
    /// # Errors
    /// [`Error::Internal`] if the provider reports another refund or another amount.
    pub fn settle(
        &self,
        seen: &ObservedRefund,
        at: Timestamp,
    ) -> Result<(Vec<RefundEvent>, Vec<PaymentEvent>)> {
        if self.provider_refund.as_ref().is_some_and(|known| *known != seen.id)
            || seen.amount != self.amount
        {
            return Err(Error::internal(format!(
                "{} doesn't match the refund at the provider: {}, {}",
                self.id, seen.id, seen.amount
            )));
        }
        let (mut events, mut of_payment) = (Vec::new(), Vec::new());
        let (refund_id, amount) = (self.id, self.amount);
        if self.provider_refund.is_none() {
            events.push(RefundEvent::Opened { provider_refund: seen.id.clone(), at });
        }
        let failed = |returned: bool| {
            let code = seen.failure.clone().unwrap_or_else(|| "unknown".to_owned());
            let back = Posting::transfer(Account::ProviderBalance, Account::Receivables, amount);
            let posting = returned.then_some(back).transpose()?;
            Ok::<_, Error>((
                RefundEvent::Failed { code, posting, at },
                PaymentEvent::RefundFailed { refund_id, amount, returned, at },
            ))
        };
        let news = match (self.status, seen.status) {
            (RefundStatus::Pending, RefundStatus::Succeeded) => {
                let posting =
                    Posting::transfer(Account::Receivables, Account::ProviderBalance, amount)?;
                Some((
                    RefundEvent::Succeeded { posting, at },
                    PaymentEvent::Refunded { refund_id, amount, at },
                ))
            }
            (RefundStatus::Pending, RefundStatus::Failed) => Some(failed(false)?),
            (RefundStatus::Succeeded, RefundStatus::Failed) => Some(failed(true)?),
            _ => None,
        };
        if let Some((event, of)) = news {
            events.push(event);
            of_payment.push(of);
        }
        Ok((events, of_payment))
    }
}
