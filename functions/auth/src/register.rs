//! `POST /api/v1/auth/register`

use builder_core::commit::Commit;
use builder_core::error::Error;
use builder_core::id::UserId;
use builder_core::users::password_reset::ResetToken;
use builder_core::users::store::Credentials;
use builder_core::users::verification::VerificationToken;
use builder_core::users::{EmailAddress, Status, User, UserEvent, store};
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ATTEMPTS;
use crate::input;
use crate::known_network;
use crate::pace::evenly;

/// The address that an account is wanted for.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Register {
    /// The address to be known by. A mail with a link goes there; name and password are chosen by whoever follows it.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
}

/// What happens next.
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    /// For the person. The same whatever is known of the address.
    #[schema(example = "If the address can be used, a mail with a link is on its way. It says until when the link is good.")]
    message: &'static str,
}

impl Accepted {
    /// Says that a mail is on its way, without saying whether one is.
    pub(crate) fn mail() -> Self {
        Self { message: "If the address can be used, a mail with a link is on its way. It says until when the link is good." }
    }
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::post("register", "/api/v1/auth/register", Access::Public, register)
        .summary("Ask for an account: a link is mailed to the address. Answers alike whether or not the address has one")
        .accepts()
        .into()
}

async fn register(call: Call, Json(body): Json<Register>) -> Result<Reply<Accepted>> {
    let email = input::email(&body.email)?;
    evenly(async {
        for _ in 0..ATTEMPTS {
            match attempt(&call, &email).await {
                Err(Error::Stale) => {}
                done => return Ok(done?),
            }
        }
        // Many register this address at this moment, and their mails are on their way.
        Ok(call.commit(Commit::new(&call.context()), Reply::accepted(&Accepted::mail())?).await?)
    })
    .await
}

/// Has a mail sent to the address. [`Error::Stale`] when somebody was faster.
async fn attempt(call: &Call, email: &EmailAddress) -> builder_core::Result<Reply<Accepted>> {
    let mut commit = Commit::new(&call.context());
    match store::find_by_email(call.table(), email).await? {
        Some(Credentials { account, .. }) => {
            let events = of_known(call, &account.user.state).await?;
            if !events.is_empty() {
                store::change(&mut commit, &account, &events)?;
            }
        }
        None => {
            let token = VerificationToken::generate(UserId::new(call.now()))?;
            store::create(&mut commit, email, &User::register(email, &token, call.now()), None)?;
        }
    }
    call.commit(commit, Reply::accepted(&Accepted::mail())?).await
}

/// The mail to an address that was registered before: with another link of the registration, or to the account's owner.
async fn of_known(call: &Call, user: &User) -> builder_core::Result<Vec<UserEvent>> {
    if user.status == Status::Pending {
        return Ok(user.request_verification(&VerificationToken::generate(user.id)?, call.now()));
    }
    let known = known_network::is_of(call, user).await?;
    Ok(user.repeat_registration(&ResetToken::generate(user.id)?, known, call.now()))
}
