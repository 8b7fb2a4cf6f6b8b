//! Guesses at passwords.

use builder_core::id::UserId;
use builder_core::users::attempts::{self, Attempt, Begun, Subject};
use builder_core::users::guessing::Ladder;
use builder_core::users::sessions;
use builder_runtime::{Call, Result};
use jiff::Timestamp;

use crate::refusals::too_many_failures;

/// Counts a guess at the password of the account with this address, whose `owner` is known if there is one; or refuses it.
///
/// Whoever makes others' sign-ins wait can't do so to the owner at a device that has signed in before.
pub(crate) async fn begin(call: &Call, email: &str, owner: Option<UserId>) -> Result<Attempt> {
    let begun = match count(call, email, false).await? {
        Begun::After { ladder: Ladder::Account, seconds } => {
            // Where there is no account, the same is read of nobody's: the time of the answer tells nothing.
            let owner = owner.unwrap_or_else(|| UserId::derived(Timestamp::UNIX_EPOCH, email));
            let known = sessions::began_at(call.table(), owner, |address| call.is_near(address)).await?;
            if known { count(call, email, true).await? } else { Begun::After { ladder: Ladder::Account, seconds } }
        }
        begun => begun,
    };
    match begun {
        Begun::Now(attempt) => Ok(attempt),
        Begun::After { seconds, .. } => Err(too_many_failures(seconds)),
    }
}

async fn count(call: &Call, email: &str, known_device: bool) -> builder_core::Result<Begun> {
    let subjects = [Subject::address(&call.network()), Subject::account(email, known_device)];
    attempts::begin(call.table(), &call.context(), &subjects).await
}
