//! `POST /api/v1/auth/verify-email`

use builder_identity::account::{store, user};
use builder_identity::keys::{FAILURES, GUARD, SETTINGS, USER};
use builder_identity::mailed_links::verification::VerificationToken;
use builder_identity::password::{PasswordHash, attempts};
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input;
use crate::refusals::{INVALID_TOKEN, of_mail_token};

/// The token from the e-mail, and the name and password of the new account.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyEmail {
    /// The `token` parameter of the link in the e-mail.
    #[garde(length(bytes, min = 1, max = 255))]
    #[schema(
        min_length = 1,
        max_length = 255,
        example = "vt_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    token: String,
    /// The password: 8 to 256 characters that are hard to guess.
    #[garde(custom(input::is_new_password))]
    #[schema(
        value_type = String, format = Password, min_length = 8, max_length = 256,
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", example = "correct horse battery staple"
    )]
    password: SecretString,
    /// The user's name.
    #[garde(custom(input::is_name))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^(?=.*\S)[^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]+$",
        example = "Ada Lovelace"
    )]
    name: String,
}

/// The address was verified.
#[derive(Serialize, ToSchema)]
pub struct Verified {
    /// Always true.
    #[schema(example = true)]
    verified: bool,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post("verify-email", "/api/v1/auth/verify-email", Access::Public, verify_email)
            .summary("Verify an e-mail address")
            .description(
                "Takes the token from the e-mail, and creates the account with the chosen name and \
                 password. Sign in afterwards.",
            )
            .error(
                ALREADY_VERIFIED,
                "The address is already verified. Sign in, or reset the password.",
            )
            .error_with(422, INVALID_TOKEN, "The token is invalid or has expired."),
        Resources::new()
            .whole_processor()
            .variables(["PASSWORD_COST", "PASSWORD_SCORE"])
            .get([SETTINGS])
            .batch_get([USER])
            .put([USER])
            .delete([FAILURES, GUARD]),
    )
}

const ALREADY_VERIFIED: &str = "already-verified";

async fn verify_email(call: Call, Json(body): Json<VerifyEmail>) -> Result<Reply<Verified>> {
    verify(&call, &body).await.map_err(of_mail_token)
}

async fn verify(call: &Call, body: &VerifyEmail) -> builder_store::Result<Reply<Verified>> {
    let token = VerificationToken::parse(&body.token).ok_or_else(user::invalid_token)?;
    let account = store::load(call.table(), token.user()).await?.ok_or_else(user::invalid_token)?;
    let user = &account.user.state;
    // Checked before hashing, which is too expensive for requests with an invalid token.
    user.require_verifiable(&token, call.now())?;
    let name = body.name.trim();
    input::check_strength(call, "/password", &body.password, &[&user.email, name]).await?;
    let password = input::passwords(call.app())?.hash(&body.password).await?;
    retry_on_conflict(|| attempt(call, &token, name, &password)).await
}

async fn attempt(
    call: &Call,
    token: &VerificationToken,
    name: &str,
    password: &PasswordHash,
) -> builder_store::Result<Reply<Verified>> {
    let before = store::find_credentials(call.table(), token.user())
        .await?
        .ok_or_else(user::invalid_token)?;
    let user = &before.account.user.state;
    let events = user.verify(token, name, call.address(), call.now())?;
    let mut commit = Commit::new(&call.context());
    store::change(&mut commit, &before.account, &events)?;
    store::set_password(&mut commit, &before, password);
    attempts::forget(&mut commit, &user.email, &call.network());
    call.commit(commit, Reply::ok(&Verified { verified: true })?).await
}
