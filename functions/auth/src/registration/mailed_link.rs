//! Links that are sent to an e-mail address on request. The response is the same whether or not the
//! address has an account.

use builder_identity::account::store::{self, Account};
use builder_identity::account::user::{Status, User, UserEvent};
use builder_identity::mailed_links::password_reset::ResetToken;
use builder_identity::mailed_links::verification::VerificationToken;
use builder_runtime::{Call, Reply};
use builder_store::commit::Commit;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::known_network;

/// The request was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// A message to show to the user. It is the same whether or not the address has an account.
    #[schema(
        example = "If the address can be used, an e-mail with a link is on its way. It says how long the link is valid."
    )]
    message: &'static str,
}

impl Accepted {
    /// Returns the response, which doesn't reveal whether an e-mail is sent.
    pub(crate) fn mail() -> Self {
        Self {
            message: "If the address can be used, an e-mail with a link is on its way. It says how \
                      long the link is valid.",
        }
    }
}

/// Commits the events of the account, if there is one, and returns the response.
///
/// # Errors
/// As [`Call::commit`].
pub(crate) async fn answer(
    call: &Call,
    account: Option<&Account>,
    events: &[UserEvent],
) -> builder_store::Result<Reply<Accepted>> {
    let mut commit = Commit::new(&call.context());
    if let Some(account) = account.filter(|_| !events.is_empty()) {
        store::change(&mut commit, account, events)?;
    }
    call.commit(commit, Reply::accepted(&Accepted::mail())?).await
}

/// Returns the events that send another verification link, if the registration is pending;
/// otherwise what `to_owner` returns for a reset token and for whether the caller is on a network
/// that the owner uses.
///
/// # Errors
/// As [`known_network::is_of`]; [`builder_store::Error::Internal`] when the system's random number
/// generator fails.
pub(crate) async fn for_registration_or_owner(
    call: &Call,
    user: &User,
    to_owner: impl FnOnce(&User, &ResetToken, bool, Timestamp) -> Vec<UserEvent>,
) -> builder_store::Result<Vec<UserEvent>> {
    if user.status == Status::Pending {
        return Ok(user.request_verification(&VerificationToken::generate(user.id)?, call.now()));
    }
    let known = known_network::is_of(call, user).await?;
    Ok(to_owner(user, &ResetToken::generate(user.id)?, known, call.now()))
}
