//! `POST /api/v1/auth/forgot-password`

use builder_core::commit::Commit;
use builder_core::users::password_reset::ResetToken;
use builder_core::users::verification::VerificationToken;
use builder_core::users::{EmailAddress, Status, User, UserEvent, store};
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route, settle};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input;
use crate::known_network;
use crate::pace::evenly;
use crate::register::Accepted;

/// Whose password is forgotten.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForgotPassword {
    /// The account's address.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::post("forgot-password", "/api/v1/auth/forgot-password", Access::Public, forgot_password)
        .summary("Mail a link to choose another password; or the first one, where the address is registered but not verified. Answers alike whether or not there is an account")
        .accepts()
        .into()
}

async fn forgot_password(call: Call, Json(body): Json<ForgotPassword>) -> Result<Reply<Accepted>> {
    let email = input::email(&body.email)?;
    Ok(evenly(settle(|| attempt(&call, &email))).await?)
}

async fn attempt(call: &Call, email: &EmailAddress) -> builder_core::Result<Reply<Accepted>> {
    let mut commit = Commit::new(&call.context());
    if let Some(known) = store::find_by_email(call.table(), email).await? {
        let events = events(call, &known.account.user.state).await?;
        if !events.is_empty() {
            store::change(&mut commit, &known.account, &events)?;
        }
    }
    call.commit(commit, Reply::accepted(&Accepted::mail())?).await
}

async fn events(call: &Call, user: &User) -> builder_core::Result<Vec<UserEvent>> {
    if user.status == Status::Pending {
        return Ok(user.request_verification(&VerificationToken::generate(user.id)?, call.now()));
    }
    let known = known_network::is_of(call, user).await?;
    Ok(user.request_password_reset(&ResetToken::generate(user.id)?, known, call.now()))
}
