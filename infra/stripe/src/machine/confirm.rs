//! `POST /v1/payment_intents/{id}/confirm` (API reference, "Confirm a PaymentIntent").

use super::attempt::{self, Attempted};
use super::card_input::Given;
use super::{Answer, Call, Outcome, client_secret, unexpected_state};
use crate::error::ApiError;
use crate::objects::intent::{Challenge, Intent, Status};
use crate::request::params::Params;

/// The parameters of a confirmation.
#[derive(Debug)]
pub(super) struct Confirmation {
    pub(super) given: Option<Given>,
    pub(super) return_url: Option<String>,
    /// Whether the caller's SDK shows the customer's next action.
    by_sdk: bool,
}

impl Confirmation {
    /// Takes the parameters.
    pub(super) fn take(params: &mut Params) -> Result<Self, ApiError> {
        let given = Given::take(params)?;
        let return_url = params.text("return_url")?;
        let by_sdk = params.boolean("use_stripe_sdk")?.unwrap_or(false);
        if let Some(url) = &return_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(ApiError::invalid("Not a valid URL")
                .code("url_invalid")
                .param("return_url"));
        }
        Ok(Self { given, return_url, by_sdk })
    }

    /// Checks that card numbers are only sent by browsers (support page "Enabling access to raw
    /// card data APIs").
    pub(super) fn check_key(&self, call: &Call<'_>) -> Result<(), ApiError> {
        if call.public || !self.given.as_ref().is_some_and(Given::is_typed) {
            return Ok(());
        }
        let message = "Sending credit card numbers directly to the Stripe API is generally \
             unsafe. We suggest you use test tokens that map to the test card you are using, see \
             https://stripe.com/docs/testing.";
        Err(ApiError::card("card_number_unsafe", None, message).not_executed())
    }

    /// Checks `return_url`, which automatic payment methods require because they may redirect away
    /// from the shop's page (docs page "Payment methods in Dashboard").
    pub(super) fn check_return_url(&self, intent: &Intent) -> Result<(), ApiError> {
        if intent.payment_method_types.is_some()
            || !intent.allow_redirects
            || self.return_url.is_some()
            || self.by_sdk
        {
            return Ok(());
        }
        let message = "This PaymentIntent is configured to accept payment methods enabled in your \
             Dashboard. Because some of these payment methods might redirect your customer off of \
             your page, you must provide a `return_url`. If you don't want to accept \
             redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` \
             and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup \
             Intents and Payment Intents.";
        Err(ApiError::invalid(message).param("return_url"))
    }
}

/// Confirms an intent, with a new card or its present one.
///
/// # Errors
/// If the parameters are invalid or the intent can't be confirmed any more. A declined card is a
/// response.
pub(crate) fn confirm_intent(call: &mut Call<'_>, id: &str, mut params: Params) -> Outcome {
    let secret = client_secret::take(call, &mut params)?;
    let confirmation = Confirmation::take(&mut params)?;
    params.finish()?;
    confirmation.check_key(call)?;
    let intent = client_secret::intent(call, id, secret.as_deref())?;
    check_status(call, &intent, confirmation.given.is_some())?;
    confirmation.check_return_url(&intent)?;
    confirm(call, intent, confirmation)
}

/// Makes an attempt to pay.
pub(super) fn confirm(
    call: &mut Call<'_>,
    mut intent: Intent,
    confirmation: Confirmation,
) -> Outcome {
    let method = match (confirmation.given, intent.payment_method.take()) {
        (Some(given), _) => given.resolve(call)?,
        (None, Some(method)) => method,
        (None, None) => return Err(missing_method(call, &intent)),
    };
    intent.payment_method = Some(method);
    let challenge = Challenge {
        id: call.ids.make("payatt"),
        return_url: confirmation.return_url,
        by_sdk: confirmation.by_sdk,
    };
    Ok(match attempt::attempt(call, intent, challenge) {
        Attempted::Goes(intent) => Answer::ok(call.show(&intent)),
        Attempted::Declined(error) => Answer::from(&error),
    })
}

/// Returns the error of a confirmation without a card.
pub(super) fn missing_method(call: &Call<'_>, intent: &Intent) -> ApiError {
    let message = "You cannot confirm this PaymentIntent because it's missing a payment method. \
         You can either update the PaymentIntent with a payment method and then confirm it again, \
         or confirm it again directly with a payment method or ConfirmationToken.";
    let error = ApiError::invalid(message).code("payment_intent_unexpected_state").executed();
    // One that is being created isn't stored yet.
    if call.books.intents.get(&intent.id).is_some() {
        error.with("payment_intent", call.show(intent))
    } else {
        error
    }
}

fn check_status(call: &Call<'_>, intent: &Intent, brings_card: bool) -> Result<(), ApiError> {
    let status = intent.status.as_str();
    let message = match intent.status {
        Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction => {
            return Ok(());
        }
        Status::Succeeded => {
            "You cannot confirm this PaymentIntent because it has already succeeded after being \
             previously confirmed."
                .to_owned()
        }
        _ if brings_card => format!(
            "This PaymentIntent's payment_method could not be updated because it has a status of \
             {status}. You may only update the payment_method of a PaymentIntent with one of the \
             following statuses: requires_payment_method, requires_confirmation, requires_action."
        ),
        _ => format!(
            "You cannot confirm this PaymentIntent because it has a status of {status}. Only a \
             PaymentIntent with one of the following statuses may be confirmed: \
             requires_confirmation, requires_payment_method, requires_action."
        ),
    };
    Err(unexpected_state(call, intent, message))
}
