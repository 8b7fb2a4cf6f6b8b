//! The customer authenticates, or fails to (docs page "3D Secure authentication").

use super::attempt::{self, Attempted};
use super::{Call, method_json};
use crate::error::ApiError;
use crate::objects::intent::{Intent, Status};

/// Returns the intent that waits for this authentication.
pub(crate) fn challenged<'a>(call: &Call<'a>, challenge: &str) -> Option<&'a Intent> {
    let waits =
        |intent: &&Intent| intent.challenge.as_ref().is_some_and(|waiting| waiting.id == challenge);
    call.books
        .intents
        .all()
        .iter()
        .filter(|intent| intent.status == Status::RequiresAction)
        .find(waits)
}

/// Ends an authentication. Returns the intent before and after.
///
/// # Errors
/// If no intent waits for it.
pub(crate) fn authenticate(
    call: &mut Call<'_>,
    challenge: &str,
    passed: bool,
) -> Result<(Intent, Intent), ApiError> {
    let found = challenged(call, challenge).cloned();
    let before = found.ok_or_else(|| ApiError::no_such("authentication", challenge, "id"))?;
    if !passed {
        let message = "We are unable to authenticate your payment method. Please choose a \
             different payment method and try again.";
        let error = ApiError::invalid(message).code("payment_intent_authentication_failure");
        let error = error.with("payment_method", method_json(call, &before));
        let after = attempt::give_up(call, before.clone(), &error);
        return Ok((before, after));
    }
    let after = match attempt::pay(call, before.clone()) {
        Attempted::Goes(intent) => *intent,
        Attempted::Declined(_) => {
            call.change.intents.last().cloned().unwrap_or_else(|| before.clone())
        }
    };
    Ok((before, after))
}
