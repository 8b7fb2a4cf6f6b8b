//! `POST /api/v1/auth/confirm-email-change`

use builder_identity::account::addresses;
use builder_identity::account::store::{self, Account};
use builder_identity::account::user::{self, Status};
use builder_identity::keys::{GUARD, UNIQUE_EMAIL, USER};
use builder_identity::mailed_links::email_change::{ConfirmToken, UndoToken};
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::refusals::{INVALID_TOKEN, of_mail_token};

/// The token that confirms or undoes a change of the e-mail address.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailChangeToken {
    /// The `token` parameter of the link in the e-mail.
    #[garde(length(bytes, min = 1, max = 255))]
    #[schema(
        min_length = 1,
        max_length = 255,
        example = "ec_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    pub(crate) token: String,
}

/// The account's e-mail address after the change.
#[derive(Serialize, ToSchema)]
pub struct EmailChanged {
    /// The address.
    #[schema(format = Email, example = "ada.king@example.com")]
    pub(crate) email: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "confirm-email-change",
            "/api/v1/auth/confirm-email-change",
            Access::Public,
            confirm_email_change,
        )
        .summary("Confirm a change of e-mail address")
        .description(
            "Takes the token from the e-mail to the new address, once. The old address is notified \
             and can undo the change for seven days.",
        )
        .error("address-taken", "The address has been taken by another account in the meantime.")
        .error(
            "too-many-email-changes",
            "Three changes of the address can still be undone. Wait until one of them no longer \
             can.",
        )
        .error_with(
            422,
            INVALID_TOKEN,
            "The token is invalid, was already used, or has expired, or another change was \
             requested since.",
        ),
        Resources::new()
            .get([UNIQUE_EMAIL])
            .batch_get([USER])
            .put([UNIQUE_EMAIL, USER])
            .update([UNIQUE_EMAIL])
            .delete([GUARD, UNIQUE_EMAIL, USER]),
    )
}

async fn confirm_email_change(
    call: Call,
    Json(body): Json<EmailChangeToken>,
) -> Result<Reply<EmailChanged>> {
    retry_on_conflict(|| attempt(&call, &body.token)).await.map_err(of_mail_token)
}

async fn attempt(call: &Call, token: &str) -> builder_store::Result<Reply<EmailChanged>> {
    let token = ConfirmToken::parse(token).ok_or_else(user::invalid_change_token)?;
    let account =
        store::load(call.table(), token.user()).await?.ok_or_else(user::invalid_change_token)?;
    let user = &account.user.state;
    let email = user.expected_email_change(&token, call.now())?.email.clone();
    let events = user.confirm_email_change(&token, &UndoToken::generate(user.id)?, call.now())?;
    let pending = pending_at(call, &email).await?;
    let mut commit = Commit::new(&call.context());
    store::move_address(&mut commit, &account, &events, pending.as_ref())?;
    call.commit(commit, Reply::ok(&EmailChanged { email })?).await
}

/// Returns the unverified registration of this address, if there is one. The confirmed change
/// replaces it.
async fn pending_at(call: &Call, email: &str) -> builder_store::Result<Option<Account>> {
    let Some(holder) = addresses::holder(call.table(), email).await? else { return Ok(None) };
    let account = store::load(call.table(), holder).await?;
    Ok(account.filter(|account| account.user.state.status == Status::Pending))
}
