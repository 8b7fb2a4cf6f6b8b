//! `POST /api/v1/auth/register`

use builder_core::commit::Commit;
use builder_core::error::Error;
use builder_core::id::UserId;
use builder_core::users::verification::VerificationToken;
use builder_core::users::{EmailAddress, Rival, User, store};
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route};
use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ATTEMPTS;
use crate::input;
use crate::pace::evenly;

/// A new account.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Register {
    /// The address to be known by. A mail with a link goes there.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
    /// 8 to 256 characters, none of them required or forbidden, that are hard to guess.
    #[garde(custom(input::is_new_password))]
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 256, example = "correct horse battery staple")]
    password: SecretString,
    /// What the person wants to be called.
    #[garde(custom(input::is_name))]
    #[schema(min_length = 1, max_length = 100, pattern = r"^(?=.*\S)[^\u0000-\u001F\u007F-\u009F<>]+$", example = "Ada Lovelace")]
    name: String,
}

/// What happens next.
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    /// For the person.
    #[schema(example = "A mail is on its way. Follow the link in it within 24 hours.")]
    message: String,
}

impl Accepted {
    /// Says that a mail is on its way, without saying whether one is.
    pub(crate) fn mail(within: &str) -> Self {
        Self { message: format!("If the address can be used, a mail is on its way. Follow the link in it within {within}.") }
    }
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::post("register", "/api/v1/auth/register", Access::Public, register)
        .summary("Make an account. Answers alike whether or not the address has one")
        .accepts()
        .into()
}

async fn register(call: Call, Json(body): Json<Register>) -> Result<Reply<Accepted>> {
    let email = input::email(&body.email)?;
    input::check_strength(&call, "/password", &body.password, &[&body.email, &body.name]).await?;
    // Always, and before anything is looked up: hashing is most of the time an answer takes.
    let password = input::passwords(call.app())?.hash(&body.password).await?;
    let given = Rival { name: body.name.trim().to_owned(), password };
    evenly(async {
        for _ in 0..ATTEMPTS {
            match attempt(&call, &email, &given).await {
                Err(Error::Stale) => {}
                done => return Ok(done?),
            }
        }
        // Many register this address at this moment. One of them was the last, and it wasn't us.
        Ok(call.commit(Commit::new(&call.context()), Reply::accepted(&Accepted::mail("24 hours"))?).await?)
    })
    .await
}

/// Makes the account, or adds to the registrations that there are. [`Error::Stale`] when somebody was faster.
async fn attempt(call: &Call, email: &EmailAddress, given: &Rival) -> builder_core::Result<Reply<Accepted>> {
    let mut commit = Commit::new(&call.context());
    if let Some(known) = store::find_by_email(call.table(), email).await? {
        let user = &known.account.user.state;
        let token = VerificationToken::generate(user.id)?;
        let events = user.register_again(&token, call.now());
        if !events.is_empty() {
            let after = store::change(&mut commit, &known.account, &events)?;
            if after.state.verification(&token, call.now()).is_ok() {
                store::keep_rival(&mut commit, given, &token);
            }
        }
    } else if !store::is_reserved(call.table(), email, call.now()).await? {
        let token = VerificationToken::generate(UserId::new(call.now()))?;
        store::create(&mut commit, email, &User::register(email, &given.name, &token, call.now()), Some(&given.password))?;
    }
    call.commit(commit, Reply::accepted(&Accepted::mail("24 hours"))?).await
}
