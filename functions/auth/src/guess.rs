//! Guesses at passwords.

use builder_identity::account::user::User;
use builder_identity::password::attempts::{self, Attempt, Begun, Subject};
use builder_identity::sessions;
use builder_runtime::{Call, Result};
use builder_store::id::UserId;
use jiff::Timestamp;

use crate::known_network;
use crate::refusals::too_many_failures;

/// Counts a guess at the password of the account with this address, which is `user` if there is
/// one; or refuses it.
///
/// Others can make sign-ins to the account wait, and those from a network address that many share.
/// The owner, at a network that is known to be used, waits for neither: there only the guesses at
/// this account from this network count, and there are as few of these.
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

/// Where there is no account, the same is read of nobody's: the time of the answer tells nothing.
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
