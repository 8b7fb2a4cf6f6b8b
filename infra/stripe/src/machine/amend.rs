//! `POST /v1/payment_intents/{id}` (API reference, "Update a PaymentIntent").

use super::card_input::Given;
use super::metadata::Notes;
use super::{Answer, Call, Outcome, intent_of, unexpected_state};
use crate::currency;
use crate::error::ApiError;
use crate::objects::intent::{Intent, Status};
use crate::request::params::Params;

/// Updates an intent. The amount and the payment method can be changed until it is paid; it must be
/// confirmed again afterwards.
///
/// # Errors
/// If the parameters are invalid, or the intent can't be changed any more.
pub(crate) fn amend_intent(call: &mut Call<'_>, id: &str, mut params: Params) -> Outcome {
    let amount = params.integer("amount")?;
    let currency = params.text("currency")?.map(|code| currency::check(&code)).transpose()?;
    let notes = Notes::take(&mut params)?;
    let description = params.clearable("description")?;
    let receipt_email = params.clearable("receipt_email")?;
    let method = params.text("payment_method")?;
    params.finish()?;
    if let Some(amount) = amount {
        currency::check_positive(amount)?;
    }

    let mut intent = intent_of(call, id)?;
    notes.apply(&mut intent.metadata)?;
    if let Some(description) = description {
        intent.description = description;
    }
    if let Some(receipt_email) = receipt_email {
        intent.receipt_email = receipt_email;
    }
    for (name, given) in [
        ("amount", amount.is_some()),
        ("currency", currency.is_some()),
        ("payment_method", method.is_some()),
    ] {
        if given {
            check_open(call, &intent, name)?;
        }
    }
    let changes_price = amount.is_some() || currency.is_some();
    intent.amount = amount.unwrap_or(intent.amount);
    intent.currency = currency.unwrap_or(intent.currency);
    if changes_price {
        currency::check_amount(intent.amount, &intent.currency)?;
    }
    let changes_method = method.is_some();
    if let Some(method) = method {
        intent.payment_method = Some(Given::Named(method).resolve(call)?);
    }
    if changes_method || (changes_price && intent.status == Status::RequiresAction) {
        intent.status = Status::RequiresConfirmation;
        intent.challenge = None;
    }
    let answer = Answer::ok(call.show(&intent));
    call.put_intent(intent);
    Ok(answer)
}

fn check_open(call: &Call<'_>, intent: &Intent, name: &str) -> Result<(), ApiError> {
    if matches!(
        intent.status,
        Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction
    ) {
        return Ok(());
    }
    let status = intent.status.as_str();
    let message = format!(
        "This PaymentIntent's {name} could not be updated because it has a status of {status}. \
         You may only update the {name} of a PaymentIntent with one of the following statuses: \
         requires_payment_method, requires_confirmation, requires_action."
    );
    Err(unexpected_state(call, intent, message))
}
