//! A payment method: always a test card (API reference, "The PaymentMethod object").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cards::Card;

/// A card that was given for one payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Method {
    pub(crate) id: String,
    pub(crate) created: i64,
    /// The number of one of Stripe's test cards.
    pub(crate) number: String,
    pub(crate) exp_month: i64,
    pub(crate) exp_year: i64,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    /// It was used for a payment: without a customer it can't be used again.
    pub(crate) used: bool,
}

super::record!(Method);

impl Method {
    /// Returns the test card, if the number is one.
    pub(crate) fn card(&self) -> Option<&'static Card> {
        crate::cards::by_number(&self.number)
    }

    /// Returns the billing details, as far as they were given.
    pub(crate) fn billing_details(&self) -> Value {
        let address = json!({"city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null});
        json!({"address": address, "email": self.email, "name": self.name, "phone": null, "tax_id": null})
    }

    /// Returns the card as payment methods and charges show it.
    pub(crate) fn card_json(&self) -> Value {
        let (brand, funding, country) = self
            .card()
            .map_or(("visa", "credit", "US"), |card| (card.brand, card.funding, card.country));
        let last4 = self.number.get(self.number.len().saturating_sub(4)..).unwrap_or_default();
        json!({
            "brand": brand,
            "checks": {"address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass"},
            "country": country,
            "exp_month": self.exp_month,
            "exp_year": self.exp_year,
            "fingerprint": fingerprint(&self.number),
            "funding": funding,
            "last4": last4,
            "wallet": null,
        })
    }

    /// Returns the object.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": self.billing_details(),
            "card": self.card_json(),
            "created": self.created,
            "customer": null,
            "livemode": false,
            "metadata": {},
            "type": "card",
        })
    }
}

/// Returns the same text for the same number.
fn fingerprint(number: &str) -> String {
    use sha2::Digest;
    hex::encode(&sha2::Sha256::digest(number)[..8])
}
