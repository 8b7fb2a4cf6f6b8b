//! Verification of second factor codes.

use builder_identity::account::store::{self, Account};
use builder_identity::keys::USER;
use builder_identity::second_factor::factors::{self, StoredFactor};
use builder_identity::second_factor::{Factor, FactorKeys, Verdict};
use builder_runtime::{Call, Reply, Resources, Result, retry_on_conflict};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;

use crate::live;
use crate::refusals::{second_factor_paused, wrong_code};

/// The code for an account without a second factor.
pub(crate) const NOT_ENROLLED: &str = "no-second-factor";
/// The code for an account that already has a second factor.
pub(crate) const ENABLED: &str = "second-factor-enabled";

/// Returns the keys that second factors are encrypted with.
pub(crate) async fn keys(call: &Call) -> builder_store::Result<FactorKeys> {
    FactorKeys::derive(&call.app().secret("FACTOR_SECRET").await?)
}

/// Returns the error for an account without a second factor.
fn not_enrolled() -> Error {
    Error::refused(NOT_ENROLLED, "There is no second factor. Set one up first.")
}

/// A correct code.
pub(crate) struct Good {
    /// The updated factor, to be stored in the same commit as the change that the code authorizes.
    pub factor: Factor,
    /// The number of remaining backup codes, if the code was one.
    pub left: Option<usize>,
}

/// The account and the second factor whose code was correct.
pub(crate) struct Verified {
    /// The caller's account.
    pub account: Account,
    /// The second factor as it is stored.
    pub stored: StoredFactor,
    /// The updated second factor, with the code marked as used.
    pub factor: Factor,
}

/// Returns the resources that [`change_with_code`] needs.
pub(crate) fn resources() -> Resources {
    Resources::new()
        .secrets(["FACTOR_SECRET"])
        .batch_get([USER])
        .put([USER])
        // The factor, with the code marked as used or as wrong.
        .update([USER])
}

/// Checks a code of the caller's second factor and, if it is correct, commits what `change` adds to
/// the commit. Retries if the account or the factor was changed concurrently.
///
/// If `confirmed` is true, the factor must be confirmed; otherwise it must be unconfirmed.
///
/// # Errors
/// `no-second-factor` when the caller has no such factor; `wrong-code` and `second-factor-paused`;
/// the errors of `change`; as [`live::account`] and [`Call::commit`].
pub(crate) async fn change_with_code<T>(
    call: &Call,
    code: &str,
    confirmed: bool,
    change: impl Fn(&mut Commit, Verified, &FactorKeys) -> builder_store::Result<Reply<T>>,
) -> Result<Reply<T>> {
    let caller = call.caller()?;
    caller.session()?;
    let keys = keys(call).await?;
    retry_on_conflict(|| async {
        let mut commit = Commit::new(&call.context());
        let account = live::account(call, &mut commit).await?;
        let stored = factors::find(call.table(), caller.user)
            .await?
            .filter(|stored| stored.factor.confirmed == confirmed)
            .ok_or_else(not_enrolled)?;
        let Good { factor, .. } = check(call, caller.user, &stored, code, &keys).await?;
        let reply = change(&mut commit, Verified { account, stored, factor }, &keys)?;
        Ok(call.commit(commit, reply).await?)
    })
    .await
}

/// Checks a code. A wrong code is recorded before the error is returned.
///
/// # Errors
/// `wrong-code`; `second-factor-paused`; [`Error::VersionConflict`] when another code was checked
/// at the same time.
pub(crate) async fn check(
    call: &Call,
    user: UserId,
    kept: &StoredFactor,
    code: &str,
    keys: &FactorKeys,
) -> Result<Good> {
    match kept.factor.verify(user, code, keys, call.now())? {
        Verdict::Good { factor, left } => Ok(Good { factor, left }),
        Verdict::Paused { seconds } => Err(second_factor_paused(seconds)),
        Verdict::Wrong(factor) => {
            let mut commit = Commit::new(&call.context());
            factors::keep(&mut commit, user, Some(kept), &factor)?;
            if factor.is_paused(call.now())
                && let Some(account) = store::load(call.table(), user).await?
            {
                let events = account.user.state.notice_paused_factor(call.address(), call.now());
                if !events.is_empty() {
                    store::change(&mut commit, &account, &events)?;
                }
            }
            commit.send(call.table()).await?;
            Err(wrong_code())
        }
    }
}
