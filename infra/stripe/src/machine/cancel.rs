//! `POST /v1/payment_intents/{id}/cancel` (API reference, "Cancel a PaymentIntent").

use super::{Answer, Call, Outcome, intent_of, unexpected_state};
use crate::objects::intent::Status;
use crate::request::params::Params;

const REASONS: [&str; 4] = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"];

/// Cancels an intent that has not been paid.
///
/// # Errors
/// If it has been paid or canceled.
pub(crate) fn cancel_intent(call: &mut Call<'_>, id: &str, mut params: Params) -> Outcome {
    let reason = params.one_of("cancellation_reason", &REASONS)?;
    params.finish()?;
    let mut intent = intent_of(call, id)?;
    if matches!(intent.status, Status::Succeeded | Status::Canceled) {
        let status = intent.status.as_str();
        let message = format!(
            "You cannot cancel this PaymentIntent because it has a status of {status}. Only a \
             PaymentIntent with one of the following statuses may be canceled: \
             requires_payment_method, requires_capture, requires_confirmation, requires_action, \
             processing."
        );
        return Err(unexpected_state(call, &intent, message));
    }
    intent.status = Status::Canceled;
    intent.canceled_at = Some(call.now());
    intent.cancellation_reason = reason;
    intent.challenge = None;
    intent.settles_at_ms = None;
    call.intent_event("payment_intent.canceled", &intent);
    let answer = Answer::ok(call.show(&intent));
    call.put_intent(intent);
    Ok(answer)
}
