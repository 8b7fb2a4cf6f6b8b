//! Throttling of password guesses.

use builder_identity::account::user::User;
use builder_identity::password::attempts::{self, Attempt, Begun, Subject};
use builder_identity::sessions;
use builder_runtime::{Call, Result};
use builder_store::id::UserId;
use jiff::Timestamp;

use crate::known_network;
use crate::refusals::too_many_failures;

/// Counts a guess at the password of the account with this e-mail address, or rejects it. `user`
/// is that account, if it exists.
///
/// Failed guesses by others delay sign-ins to the account, and sign-ins from a shared network
/// address. On a network that the owner is known to use, neither delay applies: only the failed
/// guesses at this account from this network count, and their number is limited, too.
pub(crate) async fn begin(call: &Call, email: &str, user: Option<&User>) -> Result<Attempt> {
    let network = call.network();
    let subjects =
        [Subject::address(&network), Subject::account(email), Subject::account_at(email, &network)];
    let begun = match count(call, &subjects).await? {
        Begun::After { .. } if is_known(call, email, user).await? => {
            let [at_address, at_account, of_account_here] = subjects;
            count(call, &[at_address.exempt(), at_account.exempt(), of_account_here]).await?
        }
        begun => begun,
    };
    match begun {
        Begun::Now(attempt) => Ok(attempt),
        Begun::After { seconds } => Err(too_many_failures(seconds)),
    }
}

/// Returns whether the caller is on a known network. Without an account, the sessions of a derived
/// user ID are read instead, so that the response time reveals nothing.
async fn is_known(call: &Call, email: &str, user: Option<&User>) -> builder_store::Result<bool> {
    match user {
        Some(user) => known_network::is_of(call, user).await,
        None => {
            let nobody = UserId::derived(Timestamp::UNIX_EPOCH, email);
            sessions::began_at(call.table(), nobody, |address| call.is_near(address)).await
        }
    }
}

async fn count(call: &Call, subjects: &[Subject]) -> builder_store::Result<Begun> {
    attempts::begin(call.table(), &call.context(), subjects).await
}
