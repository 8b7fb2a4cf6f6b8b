//! Recent sign-ins. Changes that add a way to sign in require one, so that a stolen token doesn't
//! lead to permanent access.

use builder_identity::id::SessionId;
use builder_identity::sessions::{self, SignedIn};
use builder_runtime::{Call, Result};
use builder_store::error::Error;
use jiff::SignedDuration;

use crate::refusals::sign_in_again;

/// The maximum age of a session that counts as recent.
const RECENT: SignedDuration = SignedDuration::from_mins(10);
/// The meaning of the error, for the API's description.
pub(crate) const RULE: &str = "The sign-in was more than ten minutes ago. Sign in again.";

/// Returns the caller's session and account, if the session is recent. API keys are rejected,
/// whatever their scopes.
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
