//! A balance transaction: the effect of a charge or refund on the shop's balance (API reference,
//! "The Balance Transaction object").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long until received money is available: two days. Stripe's schedules depend on country and
/// industry.
const AVAILABLE_AFTER: i64 = 2 * 24 * 60 * 60;

/// The cause of a change of the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Charge,
    Refund,
    /// A failed refund: the card's bank could not pay it out.
    RefundFailure,
}

/// One change of the balance, in the currency of the charge: nothing is converted here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) kind: Kind,
    /// Positive for money received, negative for money paid out.
    pub(crate) amount: i64,
    pub(crate) currency: String,
    /// Stripe's fee, a part of the amount.
    pub(crate) fee: i64,
    pub(crate) description: Option<String>,
    /// The charge or refund.
    pub(crate) source: String,
}

super::record!(Transaction);

/// Returns Stripe's fee for a charge: 1.5 % and 25 of the smallest unit, rounded half up (support
/// page "Rounding rules for Stripe fees"). The rate is our choice: Stripe's depend on country, card
/// and contract. Refunds cost no fee, and the charge's fee is not returned.
pub(crate) fn fee(amount: i64) -> i64 {
    (amount * 15 + 500) / 1_000 + 25
}

impl Transaction {
    /// Returns the object at a time.
    pub(crate) fn json(&self, now: i64) -> Value {
        let category = match self.kind {
            Kind::Charge => "charge",
            Kind::Refund => "refund",
            Kind::RefundFailure => "refund_failure",
        };
        let available_on = self.created + AVAILABLE_AFTER;
        let fee = json!({
            "amount": self.fee, "application": null, "currency": self.currency, "description": "Stripe processing fees", "type": "stripe_fee",
        });
        json!({
            "id": self.id,
            "object": "balance_transaction",
            "amount": self.amount,
            "available_on": available_on,
            "balance_type": "payments",
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "exchange_rate": null,
            "fee": self.fee,
            "fee_details": if self.fee == 0 { vec![] } else { vec![fee] },
            "net": self.amount - self.fee,
            "reporting_category": category,
            "source": self.source,
            "status": if now >= available_on { "available" } else { "pending" },
            "type": category,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::fee;

    #[test]
    fn the_fee_is_rounded_half_up() {
        assert_eq!(fee(50), 26);
        assert_eq!(fee(1_000), 40);
        assert_eq!(fee(1_033), 40);
        assert_eq!(fee(1_034), 41);
        assert_eq!(fee(99_999_999), 1_500_025);
    }
}
