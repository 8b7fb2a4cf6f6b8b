//! `POST /api/v1/hooks/stripe`
//!
//! A webhook is only a trigger: the event is recorded without its content, which contains personal
//! data, and sent to a queue whose consumer retrieves the state from Stripe. Both steps can be
//! repeated, so a repetition gets the same response as the first request.

use builder_core::keys::HOOK;
use builder_core::payments::hooks;
use builder_core::ports::payments::stripe::{HookEvent, verify};
use builder_runtime::{
    Access, BodyBytes, Call, Empty, Function, Problem, Reply, Resources, Result, Route,
};

use crate::provider::keys;
use crate::provider::message::PaymentMessage;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post("stripe-hook", "/api/v1/hooks/stripe", Access::Open, stripe_hook)
            .summary("Receive a Stripe webhook")
            .description(
                "Called by Stripe. The Stripe-Signature header signs the body as it was sent.",
            )
            .ignores_idempotency_key()
            .error_with(
                400,
                INVALID_SIGNATURE,
                "The signature is missing, wrong, or older than five minutes.",
            )
            .needs_header(
                "Stripe-Signature",
                "The timestamp, and the signatures over it and the body.",
                SIGNATURE,
            ),
        Resources::new().secrets(["STRIPE_SECRET"]).send_to(["PAYMENT_QUEUE_URL"]).put([HOOK]),
    )
}

/// An example of the header (<https://docs.stripe.com/webhooks#verify-manually>).
const SIGNATURE: &str =
    "t=1795000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd";
const INVALID_SIGNATURE: &str = "invalid-signature";

async fn stripe_hook(call: Call, BodyBytes(body): BodyBytes) -> Result<Reply<Empty>> {
    let keys = keys(call.app()).await?.ok_or_else(|| {
        refused("This deployment has no webhook secret to verify the signature with.")
    })?;
    let signature = call
        .header("stripe-signature")
        .ok_or_else(|| refused("The Stripe-Signature header is missing."))?;
    let secrets = keys.webhook_secrets();
    verify(signature, &body, secrets, call.now()).map_err(|error| refused(error.to_string()))?;
    let event: HookEvent = serde_json::from_slice(&body)
        .map_err(|_| Problem::malformed("The body is not a Stripe event."))?;
    let news = event.subject().map(PaymentMessage::from);
    hooks::note(call.table(), "stripe", &event.id, &event.kind, news.is_some(), call.now()).await?;
    if let Some(news) = news {
        let queue = call.env().require("PAYMENT_QUEUE_URL")?;
        let client = call.app().get_or_init(|| call.app().aws().sqs());
        let message = client.send_message().queue_url(queue).message_body(news.to_message()?);
        call.table().call(message.send()).await?;
    }
    Ok(Reply::no_content())
}

fn refused(why: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::bad_request(INVALID_SIGNATURE, why)
}
