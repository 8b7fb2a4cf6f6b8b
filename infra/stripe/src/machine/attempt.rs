//! One attempt to pay: authentication if the card requires it, then the charge.

use serde_json::Value;

use super::Call;
use crate::cards::{Decline, Outcome};
use crate::error::ApiError;
use crate::objects::balance::{self, Kind, Transaction};
use crate::objects::charge::{Charge, Failure};
use crate::objects::intent::{Challenge, Intent, Status};
use crate::objects::method::Method;

/// The result of an attempt.
pub(super) enum Attempted {
    /// It succeeded, or is in progress.
    Goes(Box<Intent>),
    /// The card was declined. The intent requires another.
    Declined(ApiError),
}

/// Tries the card of an intent; `challenge` is the authentication if the card requires it.
pub(super) fn attempt(call: &mut Call<'_>, mut intent: Intent, challenge: Challenge) -> Attempted {
    intent.last_payment_error = None;
    intent.challenge = None;
    let authenticates = method_of(call, &intent)
        .and_then(|method| method.card())
        .is_some_and(|card| card.authenticates);
    if !authenticates {
        return pay(call, intent);
    }
    intent.status = Status::RequiresAction;
    intent.challenge = Some(challenge);
    call.intent_event("payment_intent.requires_action", &intent);
    call.put_intent(intent.clone());
    Attempted::Goes(Box::new(intent))
}

/// Charges the card of an intent.
pub(super) fn pay(call: &mut Call<'_>, mut intent: Intent) -> Attempted {
    intent.challenge = None;
    let method = method_of(call, &intent);
    if let Some(method) = &method
        && let Some(Outcome::Declined(decline)) = method.card().map(|card| card.outcome)
    {
        return Attempted::Declined(self::decline(call, intent, method, decline));
    }
    match call.processing_ms {
        Some(processing_ms) => {
            intent.status = Status::Processing;
            intent.settles_at_ms = Some(call.now_ms + processing_ms);
            call.intent_event("payment_intent.processing", &intent);
            call.put_intent(intent.clone());
            Attempted::Goes(Box::new(intent))
        }
        None => Attempted::Goes(Box::new(succeed(call, intent))),
    }
}

/// Completes the payment.
pub(super) fn succeed(call: &mut Call<'_>, mut intent: Intent) -> Intent {
    let method = method_of(call, &intent);
    let mut charge = charge(call, &intent, method.as_ref(), None);
    let transaction = Transaction {
        id: call.ids.make("txn"),
        created: call.now(),
        kind: Kind::Charge,
        amount: intent.amount,
        currency: intent.currency.clone(),
        fee: balance::fee(intent.amount),
        description: intent.description.clone(),
        source: charge.id.clone(),
    };
    charge.balance_transaction = Some(transaction.id.clone());
    call.change.transactions.push(transaction);
    if let Some(method) = method {
        call.change.methods.retain(|other| other.id != method.id);
        call.change.methods.push(Method { used: true, ..method });
    }
    intent.status = Status::Succeeded;
    intent.settles_at_ms = None;
    intent.latest_charge = Some(charge.id.clone());
    call.event("charge.succeeded", charge.json(call.origin), None);
    call.change.charges.push(charge);
    call.intent_event("payment_intent.succeeded", &intent);
    call.put_intent(intent.clone());
    intent
}

/// Discards the card: the intent requires another.
pub(super) fn give_up(call: &mut Call<'_>, mut intent: Intent, error: &ApiError) -> Intent {
    intent.status = Status::RequiresPaymentMethod;
    intent.payment_method = None;
    intent.challenge = None;
    intent.last_payment_error = Some(Value::Object(error.fields().clone()));
    call.intent_event("payment_intent.payment_failed", &intent);
    call.put_intent(intent.clone());
    intent
}

fn decline(
    call: &mut Call<'_>,
    mut intent: Intent,
    method: &Method,
    decline: &Decline,
) -> ApiError {
    let failure = Failure {
        code: decline.code.to_owned(),
        decline_code: decline.decline_code.map(str::to_owned),
        message: decline.message.to_owned(),
    };
    let charge = charge(call, &intent, Some(method), Some(failure));
    intent.latest_charge = Some(charge.id.clone());
    let mut error = ApiError::card(decline.code, decline.decline_code, decline.message)
        .with("charge", charge.id.clone());
    if let Some(param) = decline.param {
        error = error.param(param);
    }
    error = error.with("payment_method", method.json());
    call.event("charge.failed", charge.json(call.origin), None);
    call.change.charges.push(charge);
    let intent = give_up(call, intent, &error);
    error.with("payment_intent", call.show(&intent))
}

fn charge(
    call: &mut Call<'_>,
    intent: &Intent,
    method: Option<&Method>,
    failure: Option<Failure>,
) -> Charge {
    Charge {
        id: call.ids.make("ch"),
        created: call.now(),
        amount: intent.amount,
        currency: intent.currency.clone(),
        amount_refunded: 0,
        payment_intent: intent.id.clone(),
        payment_method: intent.payment_method.clone().unwrap_or_default(),
        card: method.map(Method::card_json).unwrap_or_default(),
        billing_details: method.map(Method::billing_details).unwrap_or_default(),
        authenticated: method.and_then(Method::card).is_some_and(|card| card.authenticates),
        balance_transaction: None,
        failure,
        metadata: intent.metadata.clone(),
        description: intent.description.clone(),
        receipt_email: intent.receipt_email.clone(),
    }
}

fn method_of(call: &Call<'_>, intent: &Intent) -> Option<Method> {
    intent.payment_method.as_ref().and_then(|id| call.method(id)).cloned()
}
