//! `POST /v1/refunds` (API reference, "Create a refund"; docs page "Refund and cancel payments").

use serde_json::json;

use super::metadata::Notes;
use super::{Answer, Call, Outcome};
use crate::cards::Outcome as Fate;
use crate::currency::{self, show};
use crate::error::ApiError;
use crate::objects::Metadata;
use crate::objects::balance::{Kind, Transaction};
use crate::objects::charge::Charge;
use crate::objects::intent::Status as Paid;
use crate::objects::refund::{Refund, Status, Turn};
use crate::request::params::Params;

const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

/// Refunds a charge, in part or the rest of it.
///
/// # Errors
/// If there is no such charge, or less of it is left.
pub(crate) fn create_refund(call: &mut Call<'_>, mut params: Params) -> Outcome {
    let intent = params.text("payment_intent")?;
    let charge = params.text("charge")?;
    let amount = params.integer("amount")?;
    let reason = params.one_of("reason", &REASONS)?;
    let notes = Notes::take(&mut params)?;
    params.finish()?;
    if let Some(amount) = amount {
        currency::check_positive(amount)?;
    }
    let mut metadata = Metadata::new();
    notes.apply(&mut metadata)?;

    let charge = charge_of(call, intent.as_deref(), charge.as_deref())?;
    let amount = amount.unwrap_or_else(|| charge.refundable());
    check(&charge, amount)?;
    let refund = Refund {
        id: call.ids.make("re"),
        created: call.now(),
        status: Status::Succeeded,
        amount,
        currency: charge.currency.clone(),
        charge: charge.id.clone(),
        payment_intent: charge.payment_intent.clone(),
        reason,
        metadata,
        balance_transaction: call.ids.make("txn"),
        failure_balance_transaction: None,
        turns: None,
    };
    Ok(make(call, charge, refund))
}

/// Returns the charge that the parameters name.
fn charge_of(
    call: &Call<'_>,
    intent: Option<&str>,
    charge: Option<&str>,
) -> Result<Charge, ApiError> {
    let find = |id: &str| call.books.charges.get(id).cloned();
    let named = charge
        .map(|id| find(id).ok_or_else(|| ApiError::no_such("charge", id, "charge")))
        .transpose()?;
    let Some(id) = intent else {
        let message = "One of the following params should be provided for this request: \
             payment_intent or charge.";
        return named.ok_or_else(|| ApiError::invalid(message).code("parameter_missing"));
    };
    let intent = call
        .books
        .intents
        .get(id)
        .ok_or_else(|| ApiError::no_such("payment_intent", id, "payment_intent"))?;
    let paid = (intent.status == Paid::Succeeded)
        .then(|| intent.latest_charge.as_deref().and_then(find))
        .flatten();
    let unpaid = || {
        let message =
            format!("This PaymentIntent ({id}) does not have a successful charge to refund.");
        ApiError::invalid(message).param("payment_intent").executed()
    };
    let paid = paid.ok_or_else(unpaid)?;
    match named {
        Some(named) if named.id != paid.id => {
            let message = format!("Charge {} does not belong to PaymentIntent {id}.", named.id);
            Err(ApiError::invalid(message).param("charge").executed())
        }
        _ => Ok(paid),
    }
}

fn check(charge: &Charge, amount: i64) -> Result<(), ApiError> {
    if charge.failure.is_some() {
        let message =
            format!("Charge {} cannot be refunded because it did not succeed.", charge.id);
        return Err(ApiError::invalid(message).param("charge").executed());
    }
    let left = charge.refundable();
    if left == 0 {
        let message = format!("Charge {} has already been refunded.", charge.id);
        return Err(ApiError::invalid(message).code("charge_already_refunded").executed());
    }
    // Stripe sets no code for this error.
    if amount > left {
        let (amount, left) = (show(amount, &charge.currency), show(left, &charge.currency));
        let message = format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        );
        return Err(ApiError::invalid(message).param("amount").executed());
    }
    currency::check_grain(amount, &charge.currency).map_err(ApiError::executed)
}

fn make(call: &mut Call<'_>, mut charge: Charge, mut refund: Refund) -> Answer {
    let at_ms = call.now_ms + call.refunds_settle_after_ms;
    let card = call.method(&charge.payment_method).and_then(|method| method.card());
    match card.map(|card| card.outcome) {
        Some(Fate::RefundsPend) => {
            refund.status = Status::Pending;
            refund.turns = Some(Turn { at_ms, to: Status::Succeeded });
        }
        Some(Fate::RefundsFail) => refund.turns = Some(Turn { at_ms, to: Status::Failed }),
        _ => {}
    }
    call.change.transactions.push(Transaction {
        id: refund.balance_transaction.clone(),
        created: refund.created,
        kind: Kind::Refund,
        amount: -refund.amount,
        currency: refund.currency.clone(),
        fee: 0,
        description: Some("REFUND FOR CHARGE".to_owned()),
        source: refund.id.clone(),
    });
    let previous = json!({"amount_refunded": charge.amount_refunded});
    charge.amount_refunded += refund.amount;
    call.event("refund.created", refund.json(), None);
    call.event("charge.refunded", charge.json(call.origin), Some(previous));
    let answer = Answer::ok(refund.json());
    call.change.charges.push(charge);
    call.change.refunds.push(refund);
    answer
}
