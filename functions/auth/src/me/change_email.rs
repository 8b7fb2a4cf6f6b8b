//! `POST /api/v1/me/email-change`

use builder_identity::account::store;
use builder_identity::email::EmailAddress;
use builder_identity::keys::{MAILS, USER};
use builder_identity::mailed_links::email_change::ConfirmToken;
use builder_identity::mailed_links::mail_limit;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::refusals::{SIGN_IN_AGAIN, TOO_MANY_MAILS, too_many_mails};
use crate::{input, live, step_up};

/// A change of the e-mail address.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeEmail {
    /// The new e-mail address. A confirmation link is sent to it.
    #[garde(custom(input::is_email))]
    #[schema(format = Email, max_length = 254, example = "ada.king@example.com")]
    email: String,
}

/// The request was accepted.
#[derive(Serialize, ToSchema)]
pub struct EmailChangeAccepted {
    /// A message to show to the user. It is the same whether or not the address has an account.
    #[schema(
        example = "If the address can be used, an e-mail with a link is on its way to it. Your address changes when you follow the link."
    )]
    message: &'static str,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "change-email",
            "/api/v1/me/email-change",
            Access::Permit(Permission::CredentialsWrite),
            change_email,
        )
        .summary("Request a change of e-mail address")
        .description(
            "Requires a sign-in within the last ten minutes. Sends a link to the new address. The \
             response is the same whether or not the address has an account.",
        )
        .accepts()
        .error("email-unchanged", "The account already has this address.")
        .error(
            "too-many-email-changes",
            "Three changes of the address can still be undone. Wait until one of them no longer \
             can.",
        )
        .error_with(403, SIGN_IN_AGAIN, step_up::RULE)
        .error_with(
            429,
            TOO_MANY_MAILS,
            "Three e-mails were requested in the last hour. Wait before requesting another.",
        ),
        Resources::new().get([MAILS]).batch_get([USER]).put([MAILS, USER]),
    )
}

async fn change_email(
    call: Call,
    Json(body): Json<ChangeEmail>,
) -> Result<Reply<EmailChangeAccepted>> {
    let email = input::email(&body.email)?;
    step_up::session(&call).await?;
    retry_on_conflict(|| attempt(&call, &email)).await
}

async fn attempt(call: &Call, email: &EmailAddress) -> Result<Reply<EmailChangeAccepted>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    let user = &account.user.state;
    if let Some(seconds) = user.email_change_wait(call.now()) {
        return Err(too_many_mails(seconds));
    }
    let events = user.request_email_change(email, &ConfirmToken::generate(user.id)?, call.now())?;
    // Limits the e-mails to this address, however many accounts request a change to it. The
    // response doesn't reveal the limit.
    if mail_limit::count(call.table(), &mut commit, email).await? && !events.is_empty() {
        store::change(&mut commit, &account, &events)?;
    }
    let message = "If the address can be used, an e-mail with a link is on its way to it. Your \
                   address changes when you follow the link.";
    Ok(call.commit(commit, Reply::accepted(&EmailChangeAccepted { message })?).await?)
}
