//! Whoever acts on an account must still be signed in to it when that is committed.

use builder_core::commit::Commit;
use builder_core::error::{Error, Result};
use builder_core::users::sessions;
use builder_core::users::store::{self, Account};
use builder_runtime::{Call, Via};

/// The caller's account. If the caller is signed in, the `commit` holds only as long as that
/// session is live: signing out, from wherever, is before it or after it.
///
/// # Errors
/// [`Error::Unauthenticated`] when the session is over. As
/// [`Table::call`](builder_core::table::Table::call).
pub(crate) async fn account(call: &Call, commit: &mut Commit) -> Result<Account> {
    let caller = call.caller().map_err(|_| Error::Unauthenticated("Sign in first.".into()))?;
    match caller.via {
        Via::Session(session) => {
            sessions::require_live(call.table(), commit, caller.user, session, call.now()).await
        }
        Via::ApiKey { .. } => {
            store::load(call.table(), caller.user).await?.ok_or(Error::NotFound { what: "account" })
        }
    }
}
