//! Codes of second factors.

use builder_identity::account::store;
use builder_identity::second_factor::factors::{self, StoredFactor};
use builder_identity::second_factor::{Factor, FactorKeys, Verdict};
use builder_runtime::{Call, Problem};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;

use crate::refusals::{second_factor_paused, wrong_code};

/// The code of a refusal because there is no second factor.
pub(crate) const NOT_ENROLLED: &str = "no-second-factor";
/// The code of a refusal because there is one already.
pub(crate) const ENABLED: &str = "second-factor-enabled";

/// The keys that second factors are sealed with.
pub(crate) async fn keys(call: &Call) -> Result<FactorKeys> {
    FactorKeys::derive(&call.app().secret("FACTOR_SECRET").await?)
}

/// The refusal to somebody who has no second factor.
pub(crate) fn not_enrolled() -> Error {
    Error::refused(NOT_ENROLLED, "There is no second factor: set one up first.")
}

/// A code that was good.
pub(crate) struct Good {
    /// The factor from now on: it is to be kept in the commit that the code is for.
    pub factor: Factor,
    /// How many backup codes are left, if it was one.
    pub left: Option<usize>,
}

/// Checks a code. That a wrong one was tried is kept before it is told. [`Error::VersionConflict`]
/// when another code was checked at the same time.
pub(crate) async fn check(
    call: &Call,
    user: UserId,
    kept: &StoredFactor,
    code: &str,
    keys: &FactorKeys,
) -> Result<std::result::Result<Good, Problem>> {
    match kept.factor.verify(user, code, keys, call.now())? {
        Verdict::Good { factor, left } => Ok(Ok(Good { factor, left })),
        Verdict::Paused { seconds } => Ok(Err(second_factor_paused(seconds))),
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
            Ok(Err(wrong_code()))
        }
    }
}
