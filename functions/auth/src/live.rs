//! Whoever acts on an account must still be signed in to it when that is committed.

use builder_identity::account::store::{self, Account};
use builder_identity::sessions;
use builder_runtime::{Call, Via};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};

/// The caller's account. If the caller is signed in, the `commit` holds only as long as that
/// session is live: signing out, from wherever, is before it or after it.
///
/// # Errors
/// [`Error::Unauthenticated`] when the session is over. As
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
