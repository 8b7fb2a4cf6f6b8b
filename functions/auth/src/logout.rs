//! `POST /api/v1/auth/logout`

use builder_core::commit::Commit;
use builder_core::id::{SessionId, UserId};
use builder_core::users::session::EndReason;
use builder_core::users::{Permission, sessions};
use builder_runtime::{ACCESS_COOKIE, Access, Call, Empty, Function, Reply, Result, Route, settle};

use crate::tokens;

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::post("logout", "/api/v1/auth/logout", Access::Permit(Permission::SessionsWrite), logout)
        .never_too_much()
        .without_second_factor()
        .summary("Sign out: end the session that the access token belongs to, from the next request on")
        .sets_cookies()
        .into()
}

async fn logout(call: Call) -> Result<Reply<Empty>> {
    let caller = call.caller()?;
    let session = caller.session()?;
    Ok(settle(|| attempt(&call, caller.user, session)).await?)
}

async fn attempt(call: &Call, user: UserId, session: SessionId) -> builder_core::Result<Reply<Empty>> {
    let mut commit = Commit::new(&call.context());
    if let Some(signed_in) = sessions::load(call.table(), user, session).await? {
        sessions::end(call.table(), &mut commit, &signed_in, EndReason::SignedOut).await?;
    }
    let cookies = call.cookie(ACCESS_COOKIE).map(|_| tokens::forgotten());
    call.commit(commit, Reply::no_content().cookies(cookies.into_iter().flatten())).await
}
