//! `POST /api/v1/auth/forgot-password`

use builder_identity::account::store;
use builder_identity::account::user::User;
use builder_identity::email::EmailAddress;
use builder_identity::keys::{UNIQUE_EMAIL, USER};
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input;
use crate::pace::min_duration;
use crate::registration::mailed_link::{self, Accepted};

/// A request to reset a password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForgotPassword {
    /// The account's e-mail address.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "forgot-password",
            "/api/v1/auth/forgot-password",
            Access::Public,
            forgot_password,
        )
        .summary("Request a password reset")
        .description(
            "Sends a link to choose a new password, or to verify the address if it is registered \
             but not verified. The response is the same whether or not an account exists.",
        )
        .accepts(),
        Resources::new().get([UNIQUE_EMAIL]).batch_get([USER]).query([USER]).put([USER]),
    )
}

async fn forgot_password(call: Call, Json(body): Json<ForgotPassword>) -> Result<Reply<Accepted>> {
    let email = input::email(&body.email)?;
    Ok(min_duration(retry_on_conflict(|| attempt(&call, &email))).await?)
}

async fn attempt(call: &Call, email: &EmailAddress) -> builder_store::Result<Reply<Accepted>> {
    let known = store::find_by_email(call.table(), email).await?;
    let account = known.as_ref().map(|known| &known.account);
    let events = match account {
        Some(account) => {
            mailed_link::for_registration_or_owner(
                call,
                &account.user.state,
                User::request_password_reset,
            )
            .await?
        }
        None => Vec::new(),
    };
    mailed_link::answer(call, account, &events).await
}
