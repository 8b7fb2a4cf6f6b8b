//! A payment's state, its events, and the decisions about it. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{OrderId, PaymentId, RefundId};
use crate::keys;
use crate::ledger::{Account, Posting};
use crate::money::Money;

/// The payment of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// The ID of the order.
    pub order_id: OrderId,
    /// The ID of the payer's account.
    pub user_id: UserId,
    /// The amount.
    pub amount: Money,
    /// The status.
    pub status: PaymentStatus,
    /// The number of the attempt to create it at the provider, from 1.
    pub attempt: u32,
    /// The ID at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// The provider's ID of the charge that paid it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<String>,
    /// The provider's fee, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// Why the last card was declined, as the provider names it, until another is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<String>,
    /// The amount of pending refunds, in minor units.
    #[serde(default)]
    pub refunding: i64,
    /// The refunded amount, in minor units.
    #[serde(default)]
    pub refunded: i64,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded_at: Option<Timestamp>,
    /// When it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
}

/// The status of a payment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum PaymentStatus {
    /// Started here; it may not exist at the provider yet.
    Created,
    /// The provider is waiting for the payer.
    Open,
    /// Paid.
    Succeeded,
    /// Cancelled.
    Cancelled,
}

/// The events of a payment. `at` is the time of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of `Payment`")]
pub enum PaymentEvent {
    /// It was started.
    #[serde(rename = "payment.started")]
    Started { id: PaymentId, order_id: OrderId, user_id: UserId, amount: Money, at: Timestamp },
    /// It was created at the provider, with this ID.
    #[serde(rename = "payment.opened")]
    Opened { intent: String, at: Timestamp },
    /// It will be created again: the last attempt doesn't exist at the provider, whose idempotency
    /// key may have expired.
    #[serde(rename = "payment.retried")]
    Retried { attempt: u32, at: Timestamp },
    /// A card was declined. Another may be tried.
    #[serde(rename = "payment.declined")]
    Declined { code: String, at: Timestamp },
    /// It was paid.
    #[serde(rename = "payment.succeeded")]
    Succeeded { charge: String, posting: Posting, at: Timestamp },
    /// The provider reported its fee.
    #[serde(rename = "payment.fee_charged")]
    FeeCharged { fee: Money, posting: Posting, at: Timestamp },
    /// It was cancelled.
    #[serde(rename = "payment.cancelled")]
    Cancelled { at: Timestamp },
    /// A refund was requested.
    #[serde(rename = "payment.refund_requested")]
    RefundRequested { refund_id: RefundId, amount: Money, at: Timestamp },
    /// A refund succeeded.
    #[serde(rename = "payment.refunded")]
    Refunded { refund_id: RefundId, amount: Money, at: Timestamp },
    /// A refund failed. `returned` says whether it had succeeded before.
    #[serde(rename = "payment.refund_failed")]
    RefundFailed { refund_id: RefundId, amount: Money, returned: bool, at: Timestamp },
}

impl Aggregate for Payment {
    type Event = PaymentEvent;

    const KIND: &'static str = "payment";

    fn apply(state: Option<Self>, event: &PaymentEvent) -> Option<Self> {
        let Some(mut payment) = state else {
            let PaymentEvent::Started { id, order_id, user_id, amount, at } = event.clone() else {
                return None;
            };
            return Some(Self::started(id, order_id, user_id, amount, at));
        };
        match event.clone() {
            PaymentEvent::Started { .. } => {}
            PaymentEvent::Opened { intent, .. } => {
                payment.status = PaymentStatus::Open;
                payment.intent = Some(intent);
            }
            PaymentEvent::Retried { attempt, .. } => payment.attempt = attempt,
            PaymentEvent::Declined { code, .. } => payment.declined = Some(code),
            PaymentEvent::Succeeded { charge, at, .. } => {
                payment.status = PaymentStatus::Succeeded;
                payment.charge = Some(charge);
                payment.declined = None;
                payment.succeeded_at = Some(at);
            }
            PaymentEvent::FeeCharged { fee, .. } => payment.fee = Some(fee),
            PaymentEvent::Cancelled { at } => {
                payment.status = PaymentStatus::Cancelled;
                payment.cancelled_at = Some(at);
            }
            PaymentEvent::RefundRequested { amount, .. } => payment.refunding += amount.amount,
            PaymentEvent::Refunded { amount, .. } => {
                payment.refunding -= amount.amount;
                payment.refunded += amount.amount;
            }
            PaymentEvent::RefundFailed { amount, returned: true, .. } => {
                payment.refunded -= amount.amount
            }
            PaymentEvent::RefundFailed { amount, returned: false, .. } => {
                payment.refunding -= amount.amount
            }
        }
        Some(payment)
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.user_id)
    }

    fn listed(&self) -> Listed {
        // Payments are found by their orders; only those that can still be paid are listed.
        let unpaid = matches!(self.status, PaymentStatus::Created | PaymentStatus::Open);
        let by_status = unpaid.then(|| keys::sharded(&keys::unpaid_payments(), self.id.as_u128()));
        Listed { by_status, ..Listed::default() }
    }
}

/// A payment to start.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// Its id.
    pub id: PaymentId,
    /// The ID of the order.
    pub order_id: OrderId,
    /// The ID of the payer's account.
    pub user_id: UserId,
    /// The amount.
    pub amount: Money,
}

/// A payment as the provider sees it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The ID at the provider.
    pub intent: String,
    /// The status at the provider.
    pub status: ObservedStatus,
    /// The amount.
    pub amount: Money,
    /// The charge that paid it.
    pub charge: Option<ObservedCharge>,
    /// Why the last card was declined, if the payer has to try another.
    pub declined: Option<String>,
}

/// The status of a payment at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum ObservedStatus {
    /// It waits for the payer, or for a bank.
    Open,
    /// It was paid.
    Succeeded,
    /// It was cancelled.
    Cancelled,
}

/// A charge at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedCharge {
    /// The ID at the provider.
    pub id: String,
    /// The provider's fee in the payment's currency, once it is known.
    pub fee: Option<Money>,
}

impl Payment {
    fn started(
        id: PaymentId,
        order_id: OrderId,
        user_id: UserId,
        amount: Money,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            order_id,
            user_id,
            amount,
            status: PaymentStatus::Created,
            attempt: 1,
            intent: None,
            charge: None,
            fee: None,
            declined: None,
            refunding: 0,
            refunded: 0,
            created_at: at,
            succeeded_at: None,
            cancelled_at: None,
        }
    }

    /// Starts a payment.
    #[must_use]
    pub fn start(command: Start, at: Timestamp) -> PaymentEvent {
        let Start { id, order_id, user_id, amount } = command;
        PaymentEvent::Started { id, order_id, user_id, amount, at }
    }

    /// Returns whether it can still be paid.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.status, PaymentStatus::Created | PaymentStatus::Open)
    }

    /// Returns the idempotency key of this attempt at the provider.
    #[must_use]
    pub fn provider_key(&self) -> String {
        format!("{}:{}", self.id, self.attempt)
    }

    /// Starts the next attempt, because the last one doesn't exist at the provider.
    #[must_use]
    pub fn retry(&self, at: Timestamp) -> PaymentEvent {
        PaymentEvent::Retried { attempt: self.attempt + 1, at }
    }

    /// Returns the events that the provider's state produces; none if it is already recorded.
    ///
    /// # Errors
    /// [`Error::Internal`] if the provider reports another payment or another amount, which
    /// requires manual action.
    pub fn settle(&self, seen: &Observed, at: Timestamp) -> Result<Vec<PaymentEvent>> {
        if self.intent.as_ref().is_some_and(|known| *known != seen.intent)
            || seen.amount != self.amount
        {
            return Err(Error::internal(format!(
                "{} doesn't match the payment at the provider: {}, {}",
                self.id, seen.intent, seen.amount
            )));
        }
        let mut events = Vec::new();
        if self.intent.is_none() {
            events.push(PaymentEvent::Opened { intent: seen.intent.clone(), at });
        }
        match (self.status, seen.status) {
            (
                PaymentStatus::Created | PaymentStatus::Open | PaymentStatus::Cancelled,
                ObservedStatus::Succeeded,
            ) => {
                let charge = seen.charge.as_ref().ok_or_else(|| {
                    Error::internal(format!("{} succeeded without a charge", self.id))
                })?;
                let posting =
                    Posting::transfer(Account::ProviderBalance, Account::Receivables, self.amount)?;
                events.push(PaymentEvent::Succeeded { charge: charge.id.clone(), posting, at });
            }
            (PaymentStatus::Created | PaymentStatus::Open, ObservedStatus::Cancelled) => {
                events.push(PaymentEvent::Cancelled { at })
            }
            (PaymentStatus::Created | PaymentStatus::Open, ObservedStatus::Open) => {
                if let Some(code) =
                    seen.declined.as_ref().filter(|code| self.declined.as_ref() != Some(*code))
                {
                    events.push(PaymentEvent::Declined { code: code.clone(), at });
                }
            }
            _ => {}
        }
        let fee = seen
            .charge
            .as_ref()
            .and_then(|charge| charge.fee)
            .filter(|_| seen.status == ObservedStatus::Succeeded);
        if let Some(fee) = fee.filter(|_| self.fee.is_none()) {
            let posting = Posting::transfer(Account::ProviderFees, Account::ProviderBalance, fee)?;
            events.push(PaymentEvent::FeeCharged { fee, posting, at });
        }
        Ok(events)
    }

    /// Returns the ID of a refund of this payment that was made at the provider, which is always the
    /// same.
    #[must_use]
    pub fn id_of_provider_refund(&self, provider_refund: &str) -> RefundId {
        RefundId::derived(self.created_at, provider_refund)
    }

    /// Returns the amount that can be refunded if it succeeded, in minor units.
    #[must_use]
    pub fn refundable(&self) -> i64 {
        self.amount.amount - self.refunded - self.refunding
    }

    /// Reserves `amount` for a refund, or everything that is left if it is `None`.
    ///
    /// # Errors
    /// `payment-not-refundable` if it wasn't paid or nothing is left; `refund-exceeds-payment`.
    pub fn request_refund(
        &self,
        refund: RefundId,
        amount: Option<Money>,
        at: Timestamp,
    ) -> Result<(Money, PaymentEvent)> {
        let left = self.refundable();
        if self.status != PaymentStatus::Succeeded || left <= 0 {
            let detail = match self.status {
                PaymentStatus::Succeeded => "The payment has been refunded in full, or its refund \
                 is pending."
                    .to_owned(),
                status => {
                    format!("The payment is {}; only succeeded payments can be refunded.", status)
                }
            };
            return Err(Error::refused("payment-not-refundable", detail));
        }
        let left = Money::new(left, self.amount.currency);
        let amount = amount.unwrap_or(left);
        if amount.currency != self.amount.currency {
            return Err(Error::invalid(
                "/amount/currency",
                format!("must be {}, the currency of the payment", self.amount.currency),
            ));
        }
        if amount.amount < 1 {
            return Err(Error::invalid("/amount/amount", "must be at least 1 minor unit"));
        }
        if amount.amount > left.amount {
            return Err(Error::refused(
                "refund-exceeds-payment",
                format!(
                    "Only {left} of the payment can still be refunded. Set `amount` to at most that."
                ),
            ));
        }
        Ok((amount, PaymentEvent::RefundRequested { refund_id: refund, amount, at }))
    }
}
