//! A charge: one attempt to take a payment (API reference, "The Charge object").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Metadata;

/// A charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) amount_refunded: i64,
    pub(crate) payment_intent: String,
    pub(crate) payment_method: String,
    /// The card and the billing details at that time.
    pub(crate) card: Value,
    pub(crate) billing_details: Value,
    /// Whether the customer authenticated.
    pub(crate) authenticated: bool,
    pub(crate) balance_transaction: Option<String>,
    /// Why it failed. `None`: it succeeded.
    pub(crate) failure: Option<Failure>,
    pub(crate) metadata: Metadata,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
}

super::record!(Charge);

/// Why a charge failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) decline_code: Option<String>,
    pub(crate) message: String,
}

impl Charge {
    /// Returns the amount that can still be refunded.
    pub(crate) fn refundable(&self) -> i64 {
        if self.failure.is_some() { 0 } else { self.amount - self.amount_refunded }
    }

    /// Returns the object. `origin` is the URL of this server.
    pub(crate) fn json(&self, origin: &str) -> Value {
        let paid = self.failure.is_none();
        let mut card = self.card.clone();
        if let Value::Object(card) = &mut card {
            let secure = json!({"authentication_flow": "challenge", "result": "authenticated", "result_reason": null, "version": "2.2.0"});
            card.insert(
                "three_d_secure".into(),
                if self.authenticated { secure } else { Value::Null },
            );
            card.insert(
                "amount_authorized".into(),
                if paid { self.amount.into() } else { Value::Null },
            );
            card.insert("network".into(), card.get("brand").cloned().unwrap_or_default());
            card.insert("installments".into(), Value::Null);
            card.insert("mandate".into(), Value::Null);
        }
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": if paid { self.amount } else { 0 },
            "amount_refunded": self.amount_refunded,
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.balance_transaction,
            "billing_details": self.billing_details,
            "calculated_statement_descriptor": "LOCAL STRIPE",
            "captured": paid,
            "created": self.created,
            "currency": self.currency,
            "customer": null,
            "description": self.description,
            "disputed": false,
            "failure_balance_transaction": null,
            "failure_code": self.failure.as_ref().map(|failure| &failure.code),
            "failure_message": self.failure.as_ref().map(|failure| &failure.message),
            "fraud_details": {},
            "livemode": false,
            "metadata": self.metadata,
            "on_behalf_of": null,
            "outcome": self.outcome(),
            "paid": paid,
            "payment_intent": self.payment_intent,
            "payment_method": self.payment_method,
            "payment_method_details": {"card": card, "type": "card"},
            "receipt_email": self.receipt_email,
            "receipt_number": null,
            "receipt_url": paid.then(|| format!("{origin}/receipts/{}", self.id)),
            "refunded": paid && self.amount_refunded == self.amount,
            "review": null,
            "shipping": null,
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": null,
            "status": if paid { "succeeded" } else { "failed" },
            "transfer_data": null,
            "transfer_group": null,
        })
    }

    fn outcome(&self) -> Value {
        match &self.failure {
            None => json!({
                "network_status": "approved_by_network", "reason": null, "risk_level": "normal", "risk_score": 20,
                "seller_message": "Payment complete.", "type": "authorized",
            }),
            Some(failure) => json!({
                "network_status": "declined_by_network", "reason": failure.decline_code.as_ref().unwrap_or(&failure.code), "risk_level": "normal", "risk_score": 20,
                "seller_message": "The bank did not return any further details with this decline.", "type": "issuer_declined",
            }),
        }
    }
}
