//! Commits to an account that require the caller's session to be active still.

use builder_identity::account::store::{self, Account};
use builder_identity::sessions;
use builder_runtime::{Call, Via};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};

/// Returns the caller's account. If the caller has a session, adds the condition to `commit` that
/// the session is still active, so that a concurrent sign-out takes effect before or after it.
///
/// # Errors
/// [`Error::Unauthenticated`] when the session has ended. As
/// [`Table::call`](builder_store::table::Table::call).
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
