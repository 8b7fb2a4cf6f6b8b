//! `POST /api/v1/auth/undo-email-change`

use builder_identity::account::{store, user};
use builder_identity::keys;
use builder_identity::keys::{GUARD, UNIQUE_API_KEY, UNIQUE_EMAIL, UNIQUE_IDENTITY, USER};
use builder_identity::mailed_links::email_change::UndoToken;
use builder_identity::mailed_links::password_reset::ResetToken;
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;

use crate::me::confirm_email_change::{EmailChangeToken, EmailChanged};
use crate::refusals::{INVALID_TOKEN, of_mail_token};

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "undo-email-change",
            "/api/v1/auth/undo-email-change",
            Access::Public,
            undo_email_change,
        )
        .summary("Undo a change of e-mail address")
        .description(
            "Takes the token from the e-mail to the old address, within seven days. Ends all \
             sessions, invalidates the password, and sends a link to choose a new one.",
        )
        .error_with(
            422,
            INVALID_TOKEN,
            "The token is invalid, was already used, or has expired.",
        ),
        Resources::new().batch_get([USER]).put([UNIQUE_EMAIL, USER]).delete([
            GUARD,
            UNIQUE_API_KEY,
            UNIQUE_EMAIL,
            UNIQUE_IDENTITY,
            USER,
        ]),
    )
}

async fn undo_email_change(
    call: Call,
    Json(body): Json<EmailChangeToken>,
) -> Result<Reply<EmailChanged>> {
    retry_on_conflict(|| attempt(&call, &body.token)).await.map_err(of_mail_token)
}

async fn attempt(call: &Call, token: &str) -> builder_store::Result<Reply<EmailChanged>> {
    let token = UndoToken::parse(token).ok_or_else(user::invalid_change_token)?;
    let account =
        store::load(call.table(), token.user()).await?.ok_or_else(user::invalid_change_token)?;
    let user = &account.user.state;
    let events = user.undo_email_change(&token, &ResetToken::generate(user.id)?, call.now())?;
    let mut commit = Commit::new(&call.context());
    let after = store::move_address(&mut commit, &account, &events, None)?.state;
    // Whoever changed the address may know the password, or may have set it.
    commit.delete(keys::credential(user.id));
    if user.second_factor && !after.second_factor {
        commit.delete(keys::factor(user.id));
    }
    call.commit(commit, Reply::ok(&EmailChanged { email: after.email })?).await
}
