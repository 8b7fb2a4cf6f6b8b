//! A refund (API reference, "The Refund object").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Metadata;

/// The status of a refund. Cards never have `requires_action`, and cancellation is not supported
/// here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Pending,
    Succeeded,
    Failed,
}

impl Status {
    /// Returns Stripe's name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// A refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) status: Status,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) charge: String,
    pub(crate) payment_intent: String,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) balance_transaction: String,
    pub(crate) failure_balance_transaction: Option<String>,
    /// Its final status, and when it is reached, in milliseconds since 1970.
    pub(crate) turns: Option<Turn>,
}

super::record!(Refund);

/// A future change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) at_ms: i64,
    pub(crate) to: Status,
}

impl Refund {
    /// Returns the object.
    pub(crate) fn json(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": self.balance_transaction,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "destination_details": {"card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}, "type": "card"},
            "metadata": self.metadata,
            "payment_intent": self.payment_intent,
            "reason": self.reason,
            "receipt_number": null,
            "source_transfer_reversal": null,
            "status": self.status,
            "transfer_reversal": null,
        });
        if let (Value::Object(shown), Some(transaction)) =
            (&mut shown, &self.failure_balance_transaction)
        {
            shown.insert("failure_balance_transaction".into(), transaction.as_str().into());
            shown.insert("failure_reason".into(), "unknown".into());
        }
        if let (Value::Object(shown), Status::Pending) = (&mut shown, self.status) {
            shown.insert("pending_reason".into(), "processing".into());
        }
        shown
    }
}
