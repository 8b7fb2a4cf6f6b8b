//! A balance transaction: what a charge or refund does to the shop's balance (API reference, "The
//! Balance Transaction object").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long until money that came in is available: two days. Stripe's schedules depend on country
/// and industry.
const AVAILABLE_AFTER: i64 = 2 * 24 * 60 * 60;

/// Why the balance changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Charge,
    Refund,
    /// A refund came back: the card's bank could not pay it out.
    RefundFailure,
}

/// One change of the balance, in the currency of the charge: nothing is converted here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) kind: Kind,
    /// Positive what comes in, negative what goes out.
    pub(crate) amount: i64,
    pub(crate) currency: String,
    /// Part of the amount that Stripe keeps.
    pub(crate) fee: i64,
    pub(crate) description: Option<String>,
    /// The charge or refund.
    pub(crate) source: String,
}

super::record!(Transaction);

/// What Stripe keeps of a charge: 1.5 % and 25 of the smallest unit, rounded half up (support page
/// "Rounding rules for Stripe fees"). The rate is our choice: Stripe's depend on country, card and
/// contract. Of refunds it keeps nothing, and returns nothing.
pub(crate) fn fee(amount: i64) -> i64 {
    (amount * 15 + 500) / 1_000 + 25
}

impl Transaction {
    /// The object at a time.
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
