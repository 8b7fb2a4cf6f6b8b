//! `POST /api/v1/auth/reset-password`

use builder_identity::account::{store, user};
use builder_identity::keys::{FAILURES, GUARD, SETTINGS, USER};
use builder_identity::mailed_links::password_reset::ResetToken;
use builder_identity::password::{PasswordHash, attempts};
use builder_runtime::{
    Access, Call, Empty, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input;
use crate::refusals::{INVALID_TOKEN, of_mail_token};

/// A new password, and the token that authorizes setting it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetPassword {
    /// The `token` parameter of the link in the e-mail.
    #[garde(length(bytes, min = 1, max = 255))]
    #[schema(
        min_length = 1,
        max_length = 255,
        example = "pt_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    token: String,
    /// The new password: 8 to 256 characters that are hard to guess.
    #[garde(custom(input::is_new_password))]
    #[schema(
        value_type = String, format = Password, min_length = 8, max_length = 256,
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", example = "another horse, another battery"
    )]
    password: SecretString,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "reset-password",
            "/api/v1/auth/reset-password",
            Access::Public,
            reset_password,
        )
        .summary("Reset the password")
        .description(
            "Takes the token from the e-mail, once. Ends all sessions, and resets the delay after \
             failed sign-ins.",
        )
        .error_with(
            422,
            INVALID_TOKEN,
            "The token is invalid, was already used, or has expired.",
        ),
        Resources::new()
            .whole_processor()
            .variables(["PASSWORD_COST", "PASSWORD_SCORE"])
            .get([SETTINGS])
            .batch_get([USER])
            .put([USER])
            .update([USER])
            .delete([FAILURES, GUARD]),
    )
}

async fn reset_password(call: Call, Json(body): Json<ResetPassword>) -> Result<Reply<Empty>> {
    reset(&call, &body).await.map_err(of_mail_token)
}

async fn reset(call: &Call, body: &ResetPassword) -> builder_store::Result<Reply<Empty>> {
    let token = ResetToken::parse(&body.token).ok_or_else(user::invalid_reset_token)?;
    let account =
        store::load(call.table(), token.user()).await?.ok_or_else(user::invalid_reset_token)?;
    let user = &account.user.state;
    // Checked before hashing, which is too expensive for requests with an invalid token.
    user.reset_password(&token, call.address(), call.now())?;
    input::check_strength(call, "/password", &body.password, &[&user.email, &user.name]).await?;
    let password = input::passwords(call.app())?.hash(&body.password).await?;
    retry_on_conflict(|| attempt(call, &token, &password)).await
}

async fn attempt(
    call: &Call,
    token: &ResetToken,
    password: &PasswordHash,
) -> builder_store::Result<Reply<Empty>> {
    // An account that was created by signing in with a provider has no password yet.
    let before = store::find_credentials(call.table(), token.user())
        .await?
        .ok_or_else(user::invalid_reset_token)?;
    let user = &before.account.user.state;
    let events = user.reset_password(token, call.address(), call.now())?;
    let mut commit = Commit::new(&call.context());
    store::change(&mut commit, &before.account, &events)?;
    store::set_password(&mut commit, &before, password);
    attempts::forget(&mut commit, &user.email, &call.network());
    call.commit(commit, Reply::no_content()).await
}
