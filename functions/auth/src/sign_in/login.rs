//! `POST /api/v1/auth/login`

use builder_identity::account::store::{self, Account};
use builder_identity::account::user::{self, Status};
use builder_identity::keys::{FAILURES, UNIQUE_EMAIL, USER};
use builder_identity::password::attempts::Attempt;
use builder_identity::second_factor::challenge::Credential;
use builder_runtime::{
    Access, Call, Function, Json, Problem, Reply, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::pace::min_duration;
use crate::refusals::{ACCOUNT_DISABLED, CROSS_SITE, TOO_MANY_FAILURES, account_disabled};
use crate::sign_in::admission::{self, SignIn};
use crate::tokens::{Issuer, Mode};
use crate::{guess, input};

/// A sign-in with a password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// The account's e-mail address.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
    /// The account's password.
    #[garde(custom(input::is_presented_password))]
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024, example = "correct horse battery staple")]
    password: SecretString,
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
        Route::post("login", "/api/v1/auth/login", Access::Public, login)
            .summary("Sign in")
            .description(
                "Starts a session and returns its tokens, or a challenge if the account has \
                 a second factor.",
            )
            .ignores_idempotency_key()
            .error_with(
                401,
                INVALID_CREDENTIALS,
                "There is no account with this address and password.",
            )
            .error_with(403, ACCOUNT_DISABLED, "The account is disabled. Ask an administrator.")
            .error_with(
                403,
                CROSS_SITE,
                "With mode `cookie`: the request wasn't sent by a page of the application.",
            )
            .error_with(
                429,
                TOO_MANY_FAILURES,
                "Too many wrong passwords were sent from this network or for this account. Wait.",
            )
            .sets_cookies(),
        admission::resources()
            .whole_processor()
            .variables(["PASSWORD_COST"])
            .get([UNIQUE_EMAIL])
            .batch_get([FAILURES])
            .put([FAILURES])
            // Rehashed passwords and the counts of wrong guesses.
            .update([FAILURES, USER])
            .delete([FAILURES]),
    )
}

const INVALID_CREDENTIALS: &str = "invalid-credentials";

async fn login(call: Call, Json(body): Json<Login>) -> Result<Reply<SignIn>> {
    let email = input::email(&body.email)?;
    let issuer = Issuer::prepare(&call, body.mode).await?;
    // An unknown address causes the same reads and the same hashing as a known one.
    let found = store::find_by_email(call.table(), &email).await?;
    let guess =
        guess::begin(&call, email.as_str(), found.as_ref().map(|found| &found.account.user.state))
            .await?;
    let mut first = Some(found);
    retry_on_conflict(|| {
        let first = first.take();
        async {
            let found = match first {
                Some(found) => found,
                None => store::find_by_email(call.table(), &email).await?,
            };
            attempt(&call, found, &body, &issuer, &guess).await
        }
    })
    .await
}

async fn attempt(
    call: &Call,
    found: Option<store::Credentials>,
    body: &Login,
    issuer: &Issuer,
    guess: &Attempt,
) -> Result<Reply<SignIn>> {
    let passwords = input::passwords(call.app())?;
    let right = passwords
        .verify(&body.password, found.as_ref().and_then(|found| found.password.as_ref()))
        .await?;
    if !right {
        guess.failed(call.table(), &call.context()).await?;
        note_failure(call, found.as_ref().map(|found| &found.account), guess).await?;
        return Err(invalid_credentials());
    }
    let Some((account, mut password)) =
        found.and_then(|found| Some((found.account, found.password?)))
    else {
        return Err(invalid_credentials());
    };
    let user = &account.user.state;
    // Only revealed to callers who know the password.
    if user.status != Status::Active {
        return Err(account_disabled());
    }

    let mut commit = Commit::new(&call.context());
    if passwords.is_outdated(&password) {
        password = passwords.hash(&body.password).await?;
        store::replace_password(&mut commit, user.id, &password);
    }
    guess.succeeded(&mut commit);
    let credential = Credential::Password(&password);
    let answer = admission::admit(call, issuer, &account, credential, &mut commit).await?;
    Ok(call.commit(commit, Reply::ok(&answer)?.cookies(answer.cookies().to_vec())).await?)
}

/// Records failed sign-ins in the audit trail, at the few counts where that is done. Without an
/// account nothing is recorded, but the response takes equally long.
async fn note_failure(
    call: &Call,
    account: Option<&Account>,
    guess: &Attempt,
) -> builder_store::Result<()> {
    let failures = guess.failures_of_account();
    if !user::is_noted(failures) {
        return Ok(());
    }
    min_duration(async {
        let Some(account) = account else { return Ok(()) };
        let events = account.user.state.notice_failed_sign_ins(call.address(), failures, call.now());
        if events.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new(&call.context());
        store::change(&mut commit, account, &events)?;
        match commit.send(call.table()).await {
            // The account was changed at the same time. Counting the failures doesn't depend on
            // this record.
            Err(Error::VersionConflict) => {
                tracing::info!(user = %account.user.state.id, failures, "failed sign-ins were not recorded");
                Ok(())
            }
            sent => sent,
        }
    })
    .await
}

fn invalid_credentials() -> Problem {
    Problem::from(Error::Unauthenticated("The e-mail address or the password is wrong.".into()))
        .code(INVALID_CREDENTIALS)
}
