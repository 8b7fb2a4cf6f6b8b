//! `POST /v1/payment_intents` (API reference, "Create a PaymentIntent").

use super::card_input::Given;
use super::confirm::{self, Confirmation};
use super::metadata::Notes;
use super::{Answer, Call, Outcome};
use crate::currency;
use crate::error::ApiError;
use crate::objects::Metadata;
use crate::objects::intent::{Intent, Status};
use crate::request::params::Params;

/// Creates an intent, and confirms it if requested.
///
/// # Errors
/// If the parameters are invalid. A declined card is a response.
pub(crate) fn create_intent(call: &mut Call<'_>, mut params: Params) -> Outcome {
    let amount = params.integer("amount")?;
    let currency = params.text("currency")?;
    let notes = Notes::take(&mut params)?;
    let description = params.clearable("description")?.flatten();
    let receipt_email = params.clearable("receipt_email")?.flatten();
    let kinds = Kinds::take(&mut params)?;
    let capture_method = capture_method(&mut params)?;
    let confirm = params.boolean("confirm")?.unwrap_or(false);
    let confirmation = Confirmation::take(&mut params)?;
    params.finish()?;

    let amount = amount.ok_or_else(|| ApiError::missing("amount"))?;
    let currency = currency::check(&currency.ok_or_else(|| ApiError::missing("currency"))?)?;
    currency::check_amount(amount, &currency)?;
    let mut metadata = Metadata::new();
    notes.apply(&mut metadata)?;
    if !confirm && confirmation.return_url.is_some() {
        let message = "You may only specify `return_url` when `confirm` is true.";
        return Err(ApiError::invalid(message).param("return_url"));
    }
    confirmation.check_key(call)?;

    let id = call.ids.make("pi");
    let mut intent = Intent {
        client_secret: call.ids.client_secret(&id),
        id,
        created: call.now(),
        status: Status::RequiresPaymentMethod,
        amount,
        currency,
        metadata,
        description,
        receipt_email,
        payment_method_types: kinds.types,
        allow_redirects: kinds.redirects,
        capture_method,
        payment_method: None,
        latest_charge: None,
        last_payment_error: None,
        cancellation_reason: None,
        canceled_at: None,
        challenge: None,
        settles_at_ms: None,
    };
    if confirm {
        confirmation.check_return_url(&intent)?;
        if confirmation.given.is_none() {
            return Err(confirm::missing_method(call, &intent));
        }
        let created = intent.clone();
        call.intent_event("payment_intent.created", &created);
        return confirm::confirm(call, intent, confirmation);
    }
    if let Some(given) = confirmation.given {
        intent.payment_method = Some(Given::resolve(given, call)?);
        intent.status = Status::RequiresConfirmation;
    }
    call.intent_event("payment_intent.created", &intent);
    let answer = Answer::ok(call.show(&intent));
    call.put_intent(intent);
    Ok(answer)
}

/// The kinds of payment method that an intent accepts.
struct Kinds {
    types: Option<Vec<String>>,
    redirects: bool,
}

impl Kinds {
    fn take(params: &mut Params) -> Result<Self, ApiError> {
        let types = params.texts("payment_method_types")?;
        let automatic = params.inner("automatic_payment_methods")?;
        let mut enabled = None;
        let mut redirects = true;
        if let Some(mut automatic) = automatic {
            enabled = Some(
                automatic
                    .boolean("enabled")?
                    .ok_or_else(|| ApiError::missing("automatic_payment_methods[enabled]"))?,
            );
            redirects = automatic
                .one_of("allow_redirects", &["always", "never"])?
                .is_none_or(|redirects| redirects == "always");
            automatic.finish()?;
        }
        let Some(types) = types else {
            // The default since version 2023-08-16.
            let types = (enabled == Some(false)).then(|| vec!["card".to_owned()]);
            return Ok(Self { types, redirects });
        };
        if enabled == Some(true) {
            let message = "You may only specify one of these parameters: \
                 automatic_payment_methods, payment_method_types.";
            return Err(ApiError::invalid(message)
                .code("parameters_exclusive")
                .param("automatic_payment_methods"));
        }
        if types != ["card"] {
            let message = format!("The local Stripe knows cards only, not {types:?}.");
            return Err(ApiError::invalid(message)
                .code("payment_intent_invalid_parameter")
                .param("payment_method_types"));
        }
        Ok(Self { types: Some(types), redirects: false })
    }
}

fn capture_method(params: &mut Params) -> Result<String, ApiError> {
    let method = params.one_of("capture_method", &["automatic", "automatic_async", "manual"])?;
    match method.as_deref() {
        Some("manual") => Err(ApiError::invalid("The local Stripe captures automatically only.")
            .param("capture_method")),
        // The default since version 2024-04-10.
        _ => Ok(method.unwrap_or_else(|| "automatic_async".to_owned())),
    }
}
