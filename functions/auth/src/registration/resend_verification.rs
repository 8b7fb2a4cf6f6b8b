//! `POST /api/v1/auth/verify-email/resend`

use builder_identity::account::store;
use builder_identity::email::EmailAddress;
use builder_identity::keys::{UNIQUE_EMAIL, USER};
use builder_identity::mailed_links::verification::VerificationToken;
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input;
use crate::pace::min_duration;
use crate::registration::mailed_link::{self, Accepted};

/// A request for another verification e-mail.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResendVerification {
    /// The registered e-mail address.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "resend-verification",
            "/api/v1/auth/verify-email/resend",
            Access::Public,
            resend_verification,
        )
        .summary("Resend the verification e-mail")
        .description(
            "Sends another verification link to a registered address. The response is the same \
             whether or not there is an address to verify.",
        )
        .accepts(),
        Resources::new().get([UNIQUE_EMAIL]).batch_get([USER]).put([USER]),
    )
}

async fn resend_verification(
    call: Call,
    Json(body): Json<ResendVerification>,
) -> Result<Reply<Accepted>> {
    let email = input::email(&body.email)?;
    Ok(min_duration(retry_on_conflict(|| attempt(&call, &email))).await?)
}

async fn attempt(call: &Call, email: &EmailAddress) -> builder_store::Result<Reply<Accepted>> {
    let known = store::find_by_email(call.table(), email).await?;
    let account = known.as_ref().map(|known| &known.account);
    let events = match account.map(|account| &account.user.state) {
        Some(user) => user.request_verification(&VerificationToken::generate(user.id)?, call.now()),
        None => Vec::new(),
    };
    mailed_link::answer(call, account, &events).await
}
