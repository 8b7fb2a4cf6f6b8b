//! `POST /api/v1/auth/login`

use builder_core::commit::Commit;
use builder_core::error::Error;
use builder_core::id::SessionId;
use builder_core::users::{EmailAddress, Session, Status, sessions, store};
use builder_runtime::{Access, Call, Function, Json, Problem, Reply, Result, Route};
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::ATTEMPTS;
use crate::guess;
use crate::input;
use crate::refusals::{ACCOUNT_DISABLED, TOO_MANY_FAILURES, account_disabled};
use crate::tokens::{Issuer, Tokens};

/// As much of the client's name for itself as is kept.
const MAX_DEVICE: usize = 256;

/// Who is signing in.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// The account's address.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
    /// Its password.
    #[garde(custom(input::is_presented_password))]
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024, example = "correct horse battery staple")]
    password: SecretString,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::post("login", "/api/v1/auth/login", Access::Public, login)
        .summary("Sign in: start a session and get its tokens. An unverified account signs in as a guest")
        .issues_tokens()
        .refuses_with(401, INVALID_CREDENTIALS, "There is no account with this address and password.")
        .refuses_with(403, ACCOUNT_DISABLED, "The account is disabled. Ask an administrator.")
        .refuses_with(429, TOO_MANY_FAILURES, "Too many wrong passwords came from this address, or for this account. Wait.")
        .into()
}

const INVALID_CREDENTIALS: &str = "invalid-credentials";

async fn login(call: Call, Json(body): Json<Login>) -> Result<Reply<Tokens>> {
    let email = input::email(&body.email)?;
    let issuer = Issuer::prepare(&call).await?;
    for _ in 0..ATTEMPTS {
        match attempt(&call, &email, &body, &issuer).await? {
            // The account changed meanwhile: what it is now decides.
            Err(Error::Stale) => {}
            done => return Ok(done?),
        }
    }
    Err(Error::Stale.into())
}

async fn attempt(call: &Call, email: &EmailAddress, body: &Login, issuer: &Issuer) -> Result<builder_core::Result<Reply<Tokens>>> {
    // An unknown address takes the same reads and the same hashing as a known one.
    let found = store::find_by_email(call.table(), email).await?;
    let guess = guess::begin(call, email.as_str(), found.as_ref().map(|found| found.account.user.state.id)).await?;
    let passwords = input::passwords(call.app())?;
    let right = passwords.verify(&body.password, found.as_ref().map(|found| &found.password)).await?;
    let Some(store::Credentials { account, password }) = found.filter(|_| right) else { return Err(invalid_credentials()) };
    let user = &account.user.state;
    // Said only to who knows the password: others learn nothing of the account.
    if user.status != Status::Active {
        return Err(account_disabled());
    }

    let mut commit = Commit::new(&call.context());
    let device = call.header("user-agent").map(|device| device.chars().take(MAX_DEVICE).collect::<String>());
    let events = Session::start(SessionId::new(call.now()), user.id, device.as_deref(), call.address(), call.now())?;
    let session = sessions::start(&mut commit, &account, &events)?;
    if passwords.is_outdated(&password) {
        store::replace_password(&mut commit, user.id, &passwords.hash(&body.password).await?);
    }
    guess.succeeded(&mut commit);
    sessions::forget_old(call.table(), &mut commit, user.id, call.now()).await?;
    let tokens = issuer.issue(call, user, &session.state)?;
    Ok(call.commit(commit, Reply::ok(&tokens)?).await)
}

fn invalid_credentials() -> Problem {
    Problem::from(Error::Unauthenticated("The e-mail address or the password is wrong.".into())).code(INVALID_CREDENTIALS)
}
