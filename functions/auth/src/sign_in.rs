//! The end of every way to sign in: a session begins.

use builder_core::commit::Commit;
use builder_core::error::Result;
use builder_core::id::SessionId;
use builder_core::users::store::Account;
use builder_core::users::{Session, sessions};
use builder_runtime::Call;

use crate::tokens::{Issuer, Tokens};

/// As much of the client's name for itself as is kept.
const MAX_DEVICE: usize = 256;

/// Adds to `commit` a new session of an account, and gives its tokens.
pub(crate) async fn start(call: &Call, issuer: &Issuer, account: &Account, commit: &mut Commit) -> Result<Tokens> {
    let user = &account.user.state;
    let device = call.header("user-agent").map(|device| device.chars().take(MAX_DEVICE).collect::<String>());
    let events = Session::start(SessionId::new(call.now()), user, device.as_deref(), call.address(), call.now())?;
    let session = sessions::start(commit, account, &events)?;
    sessions::forget_old(call.table(), commit, user.id, call.now()).await?;
    issuer.issue(call, user, &session.state)
}
