//! A payment intent (API reference, "The PaymentIntent object").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Metadata;

/// The status of a payment (docs page "How PaymentIntents and SetupIntents work").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

impl Status {
    /// Returns Stripe's name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// A payment intent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: String,
    /// Seconds since 1970, like all times but those named `_ms`.
    pub(crate) created: i64,
    pub(crate) status: Status,
    /// In the smallest unit of the currency.
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) client_secret: String,
    pub(crate) metadata: Metadata,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
    /// `None`: the kinds of payment method are chosen automatically.
    pub(crate) payment_method_types: Option<Vec<String>>,
    /// Whether automatic payment methods may redirect.
    pub(crate) allow_redirects: bool,
    pub(crate) capture_method: String,
    pub(crate) payment_method: Option<String>,
    pub(crate) latest_charge: Option<String>,
    /// The error of the last attempt, as the API shows it.
    pub(crate) last_payment_error: Option<Value>,
    pub(crate) cancellation_reason: Option<String>,
    pub(crate) canceled_at: Option<i64>,
    /// The authentication that the customer has to complete.
    pub(crate) challenge: Option<Challenge>,
    /// While processing: when it ends, in milliseconds since 1970.
    pub(crate) settles_at_ms: Option<i64>,
}

super::record!(Intent);

/// A 3-D Secure authentication in progress.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Challenge {
    /// The ID of its page.
    pub(crate) id: String,
    /// Where the customer is redirected afterwards.
    pub(crate) return_url: Option<String>,
    /// Whether the caller's SDK shows the page.
    pub(crate) by_sdk: bool,
}

impl Intent {
    /// Returns the complete object. `origin` is the URL of this server.
    pub(crate) fn json(&self, origin: &str) -> Value {
        let received = if self.status == Status::Succeeded { self.amount } else { 0 };
        let mut shown = self.public_json(origin);
        let more = json!({
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": received,
            "application": null,
            "application_fee_amount": null,
            "customer": null,
            "excluded_payment_method_types": null,
            "latest_charge": self.latest_charge,
            "metadata": self.metadata,
            "on_behalf_of": null,
            "payment_method_options": {"card": {"installments": null, "mandate_options": null, "network": null, "request_three_d_secure": "automatic"}},
            "review": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": null,
            "transfer_data": null,
            "transfer_group": null,
        });
        if let (Value::Object(shown), Value::Object(more)) = (&mut shown, more) {
            shown.extend(more);
        }
        shown
    }

    /// Returns the fields that the holder of the client secret may see, without the shop's own data
    /// (API reference, "Retrieve a PaymentIntent").
    pub(crate) fn public_json(&self, origin: &str) -> Value {
        let automatic = self.payment_method_types.is_none().then(|| {
            let redirects = if self.allow_redirects { "always" } else { "never" };
            json!({"allow_redirects": redirects, "enabled": true})
        });
        let card = vec!["card".to_owned()];
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "automatic_payment_methods": automatic,
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": self.capture_method,
            "client_secret": self.client_secret,
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "last_payment_error": self.last_payment_error,
            "livemode": false,
            "next_action": self.next_action(origin),
            "payment_method": self.payment_method,
            "payment_method_configuration_details": null,
            "payment_method_types": self.payment_method_types.as_ref().unwrap_or(&card),
            "processing": null,
            "receipt_email": self.receipt_email,
            "setup_future_usage": null,
            "shipping": null,
            "source": null,
            "status": self.status,
        })
    }

    fn next_action(&self, origin: &str) -> Option<Value> {
        let challenge = self.challenge.as_ref()?;
        let page = format!("{origin}/3ds/{}", challenge.id);
        // With a return URL, the customer is redirected to a page; otherwise the SDK shows it (docs
        // page "3D Secure authentication").
        Some(match &challenge.return_url {
            Some(return_url) if !challenge.by_sdk => {
                json!({"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": page}})
            }
            _ => {
                json!({"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page, "source": challenge.id}})
            }
        })
    }
}
