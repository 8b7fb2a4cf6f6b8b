//! `POST /api/v1/auth/register`

use builder_identity::account::deletions;
use builder_identity::account::store::{self, Credentials};
use builder_identity::account::user::User;
use builder_identity::email::EmailAddress;
use builder_identity::keys::{DELETION, UNIQUE_EMAIL, USER};
use builder_identity::mailed_links::verification::VerificationToken;
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input;
use crate::pace::min_duration;
use crate::registration::mailed_link::{self, Accepted};

/// A registration.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Register {
    /// The e-mail address. A link to choose a name and a password is sent to it.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post("register", "/api/v1/auth/register", Access::Public, register)
            .summary("Register an account")
            .description(
                "Sends a link to choose a name and a password to the address. The response is the \
                 same whether or not the address has an account.",
            )
            .accepts(),
        Resources::new().get([UNIQUE_EMAIL]).batch_get([USER]).query([USER]).put([
            DELETION,
            UNIQUE_EMAIL,
            USER,
        ]),
    )
}

async fn register(call: Call, Json(body): Json<Register>) -> Result<Reply<Accepted>> {
    let email = input::email(&body.email)?;
    min_duration(async {
        match retry_on_conflict(|| attempt(&call, &email)).await {
            // Other requests are registering this address at the same time and send the e-mail.
            Err(Error::VersionConflict) => Ok(mailed_link::answer(&call, None, &[]).await?),
            done => Ok(done?),
        }
    })
    .await
}

/// Records the events that send an e-mail to the address.
///
/// # Errors
/// [`Error::VersionConflict`] when the address or its account was changed concurrently.
async fn attempt(call: &Call, email: &EmailAddress) -> builder_store::Result<Reply<Accepted>> {
    if let Some(Credentials { account, .. }) = store::find_by_email(call.table(), email).await? {
        let events = mailed_link::for_registration_or_owner(
            call,
            &account.user.state,
            User::repeat_registration,
        )
        .await?;
        return mailed_link::answer(call, Some(&account), &events).await;
    }
    if store::is_reserved(call.table(), email, call.now()).await? {
        return mailed_link::answer(call, None, &[]).await;
    }
    let token = VerificationToken::generate(UserId::new(call.now()))?;
    let mut commit = Commit::new(&call.context());
    let account =
        store::create(&mut commit, email, &User::register(email, &token, call.now()), None)?;
    deletions::expect_verification(&mut commit, &account.user.state);
    call.commit(commit, Reply::accepted(&Accepted::mail())?).await
}
