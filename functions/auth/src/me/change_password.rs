//! `POST /api/v1/auth/change-password`

use builder_identity::account::store;
use builder_identity::id::SessionId;
use builder_identity::keys::{FAILURES, GUARD, USER};
use builder_identity::password::attempts::Attempt;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Empty, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::refusals::TOO_MANY_FAILURES;
use crate::{guess, input, live};

/// A change of the password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePassword {
    /// The current password.
    #[garde(custom(input::is_presented_password))]
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024, example = "correct horse battery staple")]
    current_password: SecretString,
    /// The new password: 8 to 256 characters that are hard to guess.
    #[garde(custom(input::is_new_password))]
    #[schema(
        value_type = String, format = Password, min_length = 8, max_length = 256,
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", example = "another horse, another battery"
    )]
    new_password: SecretString,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "change-password",
            "/api/v1/auth/change-password",
            Access::Permit(Permission::CredentialsWrite),
            change_password,
        )
        .summary("Change the password")
        .description("Ends all other sessions of the account.")
        .counts_guesses()
        .error(NO_PASSWORD, "The account has no password yet. Set one by resetting the password.")
        .error_with(
            429,
            TOO_MANY_FAILURES,
            "Too many wrong passwords were sent from this network or for this account. Wait.",
        )
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new()
            .whole_processor()
            .variables(["PASSWORD_COST", "PASSWORD_SCORE"])
            .batch_get([FAILURES, USER])
            .put([FAILURES, USER])
            .update([FAILURES, USER])
            .delete([FAILURES, GUARD]),
    )
}

const NO_PASSWORD: &str = "no-password";

fn no_password() -> Error {
    Error::refused(
        NO_PASSWORD,
        "This account has no password yet. Set one by resetting the password.",
    )
}

async fn change_password(call: Call, Json(body): Json<ChangePassword>) -> Result<Reply<Empty>> {
    let caller = call.caller()?;
    let session = caller.session()?;
    let account =
        store::load(call.table(), caller.user).await?.ok_or(Error::NotFound { what: "account" })?;
    let user = &account.user.state;
    if user.passwordless {
        return Err(no_password().into());
    }
    // Before the guess is counted: this check reveals nothing about the current password.
    input::check_strength(&call, "/newPassword", &body.new_password, &[&user.email, &user.name])
        .await?;
    let guess = guess::begin(&call, &user.email, Some(user)).await?;
    Ok(retry_on_conflict(|| attempt(&call, caller.user, session, &body, &guess)).await?)
}

async fn attempt(
    call: &Call,
    user: UserId,
    session: SessionId,
    body: &ChangePassword,
    guess: &Attempt,
) -> builder_store::Result<Reply<Empty>> {
    // Read before the password: a later change of the password also changes the account, so this
    // commit fails.
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    let found = store::find_credentials(call.table(), user).await?;
    let store::Credentials { password, .. } = found.ok_or(Error::NotFound { what: "account" })?;
    let password = password.ok_or_else(no_password)?;
    let passwords = input::passwords(call.app())?;
    if !passwords.verify(&body.current_password, Some(&password)).await? {
        if call.was_answered().await? {
            // A repetition of this request was processed first: the password was correct when the
            // request was sent.
            let mut commit = Commit::new(&call.context());
            guess.succeeded(&mut commit);
            commit.send(call.table()).await?;
        } else {
            guess.failed(call.table(), &call.context()).await?;
        }
        return Err(Error::invalid("/currentPassword", "is not the password of this account"));
    }
    let hash = passwords.hash(&body.new_password).await?;
    store::change(&mut commit, &account, &account.user.state.change_password(session, call.now()))?;
    store::replace_password(&mut commit, user, &hash);
    guess.succeeded(&mut commit);
    call.commit(commit, Reply::no_content()).await
}
