//! Links that are mailed to an address when anybody asks for one. The answer is the same whatever
//! is known of the address.

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
        example = "If the address can be used, a mail with a link is on its way. It says until when the link is good."
    )]
    message: &'static str,
}

impl Accepted {
    /// Says that a mail is on its way, without saying whether one is.
    pub(crate) fn mail() -> Self {
        Self {
            message: "If the address can be used, a mail with a link is on its way. It says until \
                      when the link is good.",
        }
    }
}

/// Commits what happens to the account with an address, if there is one, and answers.
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

/// Another link of a registration that nobody has verified; otherwise what `to_owner` makes of a
/// reset token, and of whether the caller is at a network that the owner uses.
///
/// # Errors
/// As [`known_network::is_of`]; [`builder_store::Error::Internal`] when the system gives no
/// randomness.
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
