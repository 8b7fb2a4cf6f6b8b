//! What the holder of a client secret may retrieve (docs page "Client secret" of the PaymentIntent
//! object).

use subtle::ConstantTimeEq;

use super::{Call, intent_of};
use crate::error::ApiError;
use crate::objects::intent::Intent;
use crate::request::params::Params;

/// Takes `client_secret`, which a publishable key requires.
pub(super) fn take(call: &Call<'_>, params: &mut Params) -> Result<Option<String>, ApiError> {
    let secret = params.text("client_secret")?;
    if call.public && secret.is_none() {
        return Err(ApiError::missing("client_secret"));
    }
    Ok(secret)
}

/// Returns the intent, if the secret belongs to it.
///
/// # Errors
/// If there is no such intent, or the secret belongs to another.
pub(super) fn intent(call: &Call<'_>, id: &str, secret: Option<&str>) -> Result<Intent, ApiError> {
    let intent = intent_of(call, id)?;
    let right = |secret: &str| bool::from(secret.as_bytes().ct_eq(intent.client_secret.as_bytes()));
    if secret.is_none_or(right) {
        return Ok(intent);
    }
    let message = "The client_secret provided does not match any associated PaymentIntent on this \
         account. Ensure the publishable key used belongs to the same account that created the \
         PaymentIntent.";
    Err(ApiError::invalid(message).param("client_secret").executed())
}

/// Returns the intent of a `GET`.
///
/// # Errors
/// As [`intent`], and unknown parameters.
pub(crate) fn visible_intent(
    call: &Call<'_>,
    id: &str,
    mut params: Params,
) -> Result<serde_json::Value, ApiError> {
    let secret = take(call, &mut params)?;
    params.finish()?;
    intent(call, id, secret.as_deref()).map(|intent| call.show(&intent))
}
