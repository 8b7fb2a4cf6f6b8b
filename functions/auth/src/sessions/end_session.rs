//! `DELETE /api/v1/sessions/{id}`

use builder_identity::id::SessionId;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_identity::sessions;
use builder_identity::sessions::session::EndReason;
use builder_runtime::{
    Access, Call, Empty, Function, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::delete(
            "end-session",
            "/api/v1/sessions/{id}",
            Access::Permit(Permission::SessionsWrite),
            end_session,
        )
        .unconditional()
        .summary("End a session")
        .description("Ends one of the caller's sessions. Its next request is rejected."),
        Resources::new().get([GUARD]).check([GUARD]).batch_get([USER]).put([USER]).update([USER]),
    )
}

async fn end_session(call: Call) -> Result<Reply<Empty>> {
    let session = call.path("id")?;
    let caller = call.caller()?;
    let own = caller.session()?;
    Ok(retry_on_conflict(|| attempt(&call, caller.user, own, session)).await?)
}

async fn attempt(
    call: &Call,
    user: UserId,
    own: SessionId,
    session: SessionId,
) -> builder_store::Result<Reply<Empty>> {
    let signed_in = sessions::load(call.table(), user, session)
        .await?
        .ok_or(Error::NotFound { what: "session" })?;
    if !signed_in.session.state.is_signed_in(&signed_in.account.user.state, call.now()) {
        return Err(Error::NotFound { what: "session" });
    }
    let reason = if session == own { EndReason::SignedOut } else { EndReason::Revoked };
    let mut commit = Commit::new(&call.context());
    sessions::end(call.table(), &mut commit, &signed_in, reason).await?;
    call.commit(commit, Reply::no_content()).await
}
