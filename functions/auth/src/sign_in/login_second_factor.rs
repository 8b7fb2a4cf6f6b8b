//! `POST /api/v1/auth/login/second-factor`

use builder_identity::account::store;
use builder_identity::account::user::Status;
use builder_identity::keys::USER;
use builder_identity::second_factor::challenge::{Binding, Challenge, Credential};
use builder_identity::second_factor::{Factor, FactorKeys, factors};
use builder_runtime::{
    Access, Call, Function, Json, Problem, Reply, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::refusals::{CROSS_SITE, SECOND_FACTOR_PAUSED, WRONG_CODE};
use crate::second_factor::factor;
use crate::sign_in::admission;
use crate::tokens::{Issuer, Mode, Tokens};

/// The second step of a sign-in.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginSecondFactor {
    /// The challenge that the first step returned.
    #[garde(length(bytes, min = 1, max = 255))]
    #[schema(
        min_length = 1,
        max_length = 255,
        example = "ch_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAADAAAAAGkg"
    )]
    challenge: String,
    /// The six digits from the authenticator app, or a backup code. Spaces and hyphens are ignored.
    #[garde(length(chars, min = 6, max = 32))]
    #[schema(min_length = 6, max_length = 32, example = "123456")]
    code: String,
    /// How the tokens are returned.
    #[serde(default)]
    #[garde(skip)]
    #[schema(inline, default = "bearer")]
    mode: Mode,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "login-second-factor",
            "/api/v1/auth/login/second-factor",
            Access::Public,
            login_second_factor,
        )
        .summary("Complete a sign-in with a second factor")
        .description("Takes a code of the second factor, starts a session and returns its tokens.")
        .ignores_idempotency_key()
        .error_with(
            401,
            INVALID_CHALLENGE,
            "The challenge is invalid or has expired, or the password, the second factor or the \
             sessions have changed since. Sign in again.",
        )
        .error_with(
            403,
            CROSS_SITE,
            "With mode `cookie`: the request wasn't sent by a page of the application.",
        )
        .error_with(422, WRONG_CODE, "The code is wrong or was already used.")
        .error_with(
            429,
            SECOND_FACTOR_PAUSED,
            "Ten wrong codes in a row were sent. Wait 15 minutes.",
        )
        .sets_cookies(),
        admission::resources().secrets(["FACTOR_SECRET"]).update([USER]),
    )
}

const INVALID_CHALLENGE: &str = "invalid-challenge";

async fn login_second_factor(
    call: Call,
    Json(body): Json<LoginSecondFactor>,
) -> Result<Reply<Tokens>> {
    let issuer = Issuer::prepare(&call, body.mode).await?;
    let challenge = Challenge::read(&body.challenge, issuer.secret().accepted(), call.now())?
        .ok_or_else(refused)?;
    let keys = factor::keys(&call).await?;
    retry_on_conflict(|| attempt(&call, &issuer, challenge, &body.code, &keys)).await
}

async fn attempt(
    call: &Call,
    issuer: &Issuer,
    challenge: Challenge,
    code: &str,
    keys: &FactorKeys,
) -> Result<Reply<Tokens>> {
    let Some(found) = store::find_credentials(call.table(), challenge.user).await? else {
        return Err(refused());
    };
    let kept =
        factors::find(call.table(), challenge.user).await?.filter(|kept| kept.factor.confirmed);
    let Some(kept) = kept.filter(|kept| still_stands(&challenge, &found, &kept.factor)) else {
        return Err(refused());
    };
    let account = found.account;
    let good = factor::check(call, challenge.user, &kept, code, keys).await?;
    let mut commit = Commit::new(&call.context());
    factors::keep(&mut commit, challenge.user, Some(&kept), &good.factor)?;
    if let Some(left) = good.left {
        tracing::info!(user = %challenge.user, left, "a backup code was used");
    }
    let tokens = admission::start(call, issuer, &account, &mut commit).await?;
    Ok(call.commit(commit, Reply::ok(&tokens)?.cookies(tokens.cookies().to_vec())).await?)
}

/// Returns whether the credential of the first step can still sign in to the account, and all
/// sessions haven't been ended since.
fn still_stands(challenge: &Challenge, found: &store::Credentials, factor: &Factor) -> bool {
    let user = &found.account.user.state;
    let identities = user.identities.iter().map(|identity| Credential::Identity {
        issuer: &identity.issuer,
        subject: &identity.subject,
    });
    let mut credentials = found.password.iter().map(Credential::Password).chain(identities);
    user.status == Status::Active
        && credentials
            .any(|credential| Binding::of(user.epoch, credential, factor) == challenge.binding)
}

fn refused() -> Problem {
    Problem::from(Error::Unauthenticated(
        "This challenge is invalid or no longer valid. Sign in again.".into(),
    ))
    .code(INVALID_CHALLENGE)
}
