//! The parts of Stripe's objects that are used here.

use std::collections::HashMap;
use std::str::FromStr;

use serde::Deserialize;

use super::amount::money;
use super::{Intent, KnownRefund, ProviderError};
use crate::id::{PaymentId, RefundId};
use crate::payments::{Observed, ObservedCharge, ObservedRefund, ObservedStatus, RefundStatus};

/// The names of our IDs in the metadata of Stripe's objects.
pub(super) const PAYMENT: &str = "payment";
pub(super) const REFUND: &str = "refund";

/// <https://docs.stripe.com/api/payment_intents/object>
#[derive(Deserialize)]
pub(super) struct PaymentIntent {
    pub(super) id: String,
    status: String,
    amount: i64,
    currency: String,
    client_secret: Option<String>,
    latest_charge: Option<Expandable<Charge>>,
    last_payment_error: Option<Cause>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// An object, or only its ID if it wasn't expanded.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expandable<T> {
    Object(T),
    Id(String),
}

/// <https://docs.stripe.com/api/charges/object>
#[derive(Deserialize)]
struct Charge {
    id: String,
    balance_transaction: Option<Expandable<BalanceTransaction>>,
}

/// <https://docs.stripe.com/api/balance_transactions/object>
#[derive(Deserialize)]
struct BalanceTransaction {
    fee: i64,
    currency: String,
}

/// <https://docs.stripe.com/api/refunds/object>
#[derive(Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    status: Option<String>,
    amount: i64,
    currency: String,
    payment_intent: Option<Expandable<RefundedIntent>>,
    failure_reason: Option<String>,
    metadata: Option<HashMap<String, String>>,
}

/// The payment of a refund.
#[derive(Deserialize)]
struct RefundedIntent {
    id: String,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// <https://docs.stripe.com/api/pagination>
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    pub(super) has_more: bool,
}

#[derive(Deserialize, Default)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) error: Cause,
}

/// <https://docs.stripe.com/api/errors>
#[derive(Deserialize, Default)]
pub(super) struct Cause {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) code: Option<String>,
    pub(super) decline_code: Option<String>,
    pub(super) message: Option<String>,
}

impl PaymentIntent {
    pub(super) fn read(self) -> Result<Intent, ProviderError> {
        let status = match self.status.as_str() {
            "succeeded" => ObservedStatus::Succeeded,
            "canceled" => ObservedStatus::Cancelled,
            _ => ObservedStatus::Open,
        };
        let declined = self.last_payment_error.filter(|_| self.status == "requires_payment_method");
        let seen = Observed {
            intent: self.id,
            status,
            amount: money(self.amount, &self.currency)?,
            charge: self.latest_charge.map(Expandable::read).transpose()?,
            declined: declined.map(|error| {
                error.decline_code.or(error.code).unwrap_or_else(|| "unknown".to_owned())
            }),
        };
        Ok(Intent {
            payment: ours(&self.metadata, PAYMENT),
            seen,
            client_secret: self.client_secret.unwrap_or_default(),
        })
    }
}

impl PaymentIntent {
    /// As [`Self::read`]; `None` if another program created it and it can't be parsed.
    pub(super) fn read_unless_foreign(self) -> Option<Result<Intent, ProviderError>> {
        let foreign = ours::<PaymentId>(&self.metadata, PAYMENT).is_none();
        Some(self.read()).filter(|read| read.is_ok() || !foreign)
    }
}

impl Refund {
    /// As [`PaymentIntent::read_unless_foreign`].
    pub(super) fn read_unless_foreign(self) -> Option<Result<KnownRefund, ProviderError>> {
        let foreign = self.refund().is_none() && self.payment().is_none();
        Some(self.read()).filter(|read| read.is_ok() || !foreign)
    }

    fn refund(&self) -> Option<RefundId> {
        self.metadata.as_ref().and_then(|metadata| ours(metadata, REFUND))
    }

    fn payment(&self) -> Option<PaymentId> {
        match &self.payment_intent {
            Some(Expandable::Object(intent)) => ours(&intent.metadata, PAYMENT),
            _ => None,
        }
    }
}

impl Expandable<Charge> {
    fn read(self) -> Result<ObservedCharge, ProviderError> {
        match self {
            Self::Id(id) => Ok(ObservedCharge { id, fee: None }),
            Self::Object(charge) => {
                let fee = match charge.balance_transaction {
                    Some(Expandable::Object(transaction)) => {
                        Some(money(transaction.fee, &transaction.currency)?)
                    }
                    _ => None,
                };
                Ok(ObservedCharge { id: charge.id, fee })
            }
        }
    }
}

impl Refund {
    pub(super) fn read(self) -> Result<KnownRefund, ProviderError> {
        let status = match self.status.as_deref() {
            Some("succeeded") => RefundStatus::Succeeded,
            Some("failed" | "canceled") => RefundStatus::Failed,
            _ => RefundStatus::Pending,
        };
        let (refund, payment) = (self.refund(), self.payment());
        let intent = self.payment_intent.map(|intent| match intent {
            Expandable::Object(intent) => intent.id,
            Expandable::Id(id) => id,
        });
        Ok(KnownRefund {
            refund,
            payment,
            intent: intent.unwrap_or_default(),
            seen: ObservedRefund {
                id: self.id,
                status,
                amount: money(self.amount, &self.currency)?,
                failure: self.failure_reason,
            },
        })
    }
}

fn ours<T: FromStr>(metadata: &HashMap<String, String>, name: &str) -> Option<T> {
    metadata.get(name).and_then(|id| id.parse().ok())
}

/// The content of a webhook: <https://docs.stripe.com/api/events/object>.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookEvent {
    /// Stripe's ID of the event.
    pub id: String,
    /// The type of the event: `payment_intent.succeeded`.
    #[serde(rename = "type")]
    pub kind: String,
    data: HookData,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct HookData {
    object: HookObject,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct HookObject {
    #[serde(default)]
    id: String,
    #[serde(default)]
    object: String,
    #[serde(default)]
    payment_intent: Option<String>,
}

/// The object that a webhook is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A payment, by Stripe's id.
    Payment(String),
    /// A refund, by Stripe's id.
    Refund(String),
}

impl HookEvent {
    /// Returns the object to read; `None` if the event isn't relevant.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        let object = &self.data.object;
        match object.object.as_str() {
            "payment_intent" => Some(Subject::Payment(object.id.clone())),
            "charge" => object.payment_intent.clone().map(Subject::Payment),
            "refund" => Some(Subject::Refund(object.id.clone())),
            _ => None,
        }
    }
}
