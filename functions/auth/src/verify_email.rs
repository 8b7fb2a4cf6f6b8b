//! `POST /api/v1/auth/verify-email`

use builder_core::commit::Commit;
use builder_core::users::verification::VerificationToken;
use builder_core::users::{store, user};
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route, settle};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::refusals::{INVALID_TOKEN, of_mail_token};

/// The proof that the address is the person's.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyEmail {
    /// The `token` of the link in the mail.
    #[garde(length(bytes, min = 1, max = 255))]
    #[schema(min_length = 1, max_length = 255, example = "vt_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: String,
}

/// What has been verified.
#[derive(Serialize, ToSchema)]
pub struct Verified {
    /// Always true.
    #[schema(example = true)]
    verified: bool,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::post("verify-email", "/api/v1/auth/verify-email", Access::Public, verify_email)
        .summary("Verify an e-mail address with the token from its mail. Doing so again while the token lasts answers alike")
        .refuses_with(422, INVALID_TOKEN, "The token is wrong or has expired.")
        .into()
}

async fn verify_email(call: Call, Json(body): Json<VerifyEmail>) -> Result<Reply<Verified>> {
    settle(|| attempt(&call, &body.token)).await.map_err(of_mail_token)
}

async fn attempt(call: &Call, token: &str) -> builder_core::Result<Reply<Verified>> {
    let token = VerificationToken::parse(token).ok_or_else(user::invalid_token)?;
    let account = store::load(call.table(), token.user()).await?.ok_or_else(user::invalid_token)?;
    let user = &account.user.state;
    let rival = match user.verification(&token, call.now())? {
        verification if verification.rival && !user.verified => {
            Some(store::find_rival(call.table(), verification.token_hash()).await?.ok_or_else(user::invalid_token)?)
        }
        _ => None,
    };
    let events = user.verify(&token, rival.as_ref().map(|rival| rival.name.as_str()), call.now())?;
    let mut commit = Commit::new(&call.context());
    if !events.is_empty() {
        store::change(&mut commit, &account, &events)?;
    }
    if let Some(rival) = rival {
        store::replace_password(&mut commit, user.id, &rival.password);
    }
    call.commit(commit, Reply::ok(&Verified { verified: true })?).await
}
