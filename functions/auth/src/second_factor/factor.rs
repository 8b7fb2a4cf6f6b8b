//! Codes of second factors.

use builder_identity::account::store::{self, Account};
use builder_identity::second_factor::factors::{self, StoredFactor};
use builder_identity::second_factor::{Factor, FactorKeys, Verdict};
use builder_runtime::{Call, Reply, Result, retry_on_conflict};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;

use crate::live;
use crate::refusals::{second_factor_paused, wrong_code};

/// The code of a refusal because there is no second factor.
pub(crate) const NOT_ENROLLED: &str = "no-second-factor";
/// The code of a refusal because there is one already.
pub(crate) const ENABLED: &str = "second-factor-enabled";

/// The keys that second factors are sealed with.
pub(crate) async fn keys(call: &Call) -> builder_store::Result<FactorKeys> {
    FactorKeys::derive(&call.app().secret("FACTOR_SECRET").await?)
}

/// The refusal to somebody who has no second factor.
fn not_enrolled() -> Error {
    Error::refused(NOT_ENROLLED, "There is no second factor: set one up first.")
}

/// A code that was good.
pub(crate) struct Good {
    /// The factor from now on: it is to be kept in the commit that the code is for.
    pub factor: Factor,
    /// How many backup codes are left, if it was one.
    pub left: Option<usize>,
}

/// What a code was good for.
pub(crate) struct Verified {
    /// The account of the caller.
    pub account: Account,
    /// The second factor as it is stored.
    pub stored: StoredFactor,
    /// The second factor from now on, in which the code is used.
    pub factor: Factor,
}

/// Checks a code of the caller's second factor, and commits what `change` adds to the commit if it
/// is good. Again, if the account or the factor has changed meanwhile.
///
/// With `confirmed`, the factor must have been confirmed; otherwise it must not have been yet.
///
/// # Errors
/// The refusal of a caller without such a factor, or of the code; those of `change`; as
/// [`live::account`] and [`Call::commit`].
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

/// Checks a code. That a wrong one was tried is kept before it is told. [`Error::VersionConflict`]
/// when another code was checked at the same time.
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
