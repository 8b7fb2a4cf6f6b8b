//! Sessions that have just begun: what adds a way to get in needs one, so that a stolen token,
//! found later, doesn't become access for good.

use builder_identity::id::SessionId;
use builder_identity::sessions::{self, SignedIn};
use builder_runtime::{Call, Result};
use builder_store::error::Error;
use jiff::SignedDuration;

use crate::refusals::sign_in_again;

/// How old such a session may be.
const RECENT: SignedDuration = SignedDuration::from_mins(10);
/// What the documents of such routes say.
pub(crate) const RULE: &str = "The session began more than ten minutes ago.";

/// The caller's session and account, if it has just begun. A key is refused, whatever it may do.
pub(crate) async fn session(call: &Call) -> Result<(SessionId, SignedIn)> {
    let caller = call.caller()?;
    let session = caller.session()?;
    let signed_in = sessions::load(call.table(), caller.user, session)
        .await?
        .ok_or(Error::NotFound { what: "session" })?;
    if call.now().duration_since(signed_in.session.state.created_at) > RECENT {
        return Err(sign_in_again());
    }
    Ok((session, signed_in))
}
