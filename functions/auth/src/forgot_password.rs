//! `POST /api/v1/auth/forgot-password`

use builder_core::commit::Commit;
use builder_core::users::password_reset::ResetToken;
use builder_core::users::{EmailAddress, store};
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route, settle};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input;
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
        .summary("Mail a link to choose another password, at most one a minute and ten a day. Answers alike whether or not there is an account")
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
        let user = &known.account.user.state;
        let events = user.request_password_reset(&ResetToken::generate(user.id)?, call.now());
        if !events.is_empty() {
            store::change(&mut commit, &known.account, &events)?;
        }
    }
    call.commit(commit, Reply::accepted(&Accepted::mail("an hour"))?).await
}
