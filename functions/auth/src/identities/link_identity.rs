//! `POST /api/v1/me/identities/{provider}`

use builder_identity::account::user::NewIdentity;
use builder_identity::account::{identities, store};
use builder_identity::keys::{UNIQUE_IDENTITY, USER};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route, retry_on_conflict};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;

use crate::identities::view::IdentityView;
use crate::live;
use crate::oidc::{self, Callback};
use crate::refusals::{INVALID_FLOW, PROVIDER_UNAVAILABLE, SIGN_IN_REFUSED};

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let access = Access::Permit(Permission::CredentialsWrite);
    Function::new(
        Route::post("link-identity", "/api/v1/me/identities/{provider}", access, link_identity)
            .summary("Link an identity")
            .description(
                "Links the identity that the caller has just signed in with at the provider. It \
                 can then be used to sign in to this account.",
            )
            .ignores_idempotency_key()
            .validate_env(oidc::check)
            .error("identity-taken", "The identity is linked to another account.")
            .error(
                "provider-linked",
                "Another identity of this provider is already linked. Unlink it first.",
            )
            .error_with(
                401,
                INVALID_FLOW,
                "The flow belongs to another session, was already used, or has expired. Start \
                 again.",
            )
            .error_with(
                401,
                SIGN_IN_REFUSED,
                "The provider did not confirm the sign-in. Start again.",
            )
            .error_with(
                503,
                PROVIDER_UNAVAILABLE,
                "The provider is unavailable. Start again later.",
            )
            .parameter("provider", "google"),
        oidc::resources_to_finish()
            .get([UNIQUE_IDENTITY])
            .batch_get([USER])
            .put([UNIQUE_IDENTITY, USER]),
    )
}

async fn link_identity(call: Call, Json(body): Json<Callback>) -> Result<Reply<IdentityView>> {
    let caller = call.caller()?;
    let session = caller.session()?;
    let (flow, claims) = oidc::finish(&call, &body, Some((caller.user, session))).await?;
    let identity = oidc::identity(&flow.provider, &claims);
    Ok(retry_on_conflict(|| attempt(&call, caller.user, &identity)).await?)
}

async fn attempt(
    call: &Call,
    user: UserId,
    new: &NewIdentity,
) -> builder_store::Result<Reply<IdentityView>> {
    let holder = identities::find(call.table(), &new.issuer, &new.subject).await?;
    if holder.is_some_and(|holder| holder.user.state.id != user) {
        return Err(Error::refused(
            "identity-taken",
            "This identity is linked to another account. Unlink it there first.",
        ));
    }
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    let events = account.user.state.link_identity(new, call.now())?;
    let user = if events.is_empty() {
        account.user.state
    } else {
        store::change(&mut commit, &account, &events)?.state
    };
    let linked = user.identities.iter().find(|identity| identity.is(&new.issuer, &new.subject));
    let linked = linked.ok_or_else(|| Error::internal("the identity was not linked"))?;
    call.commit(commit, Reply::ok(&IdentityView::from(linked))?).await
}
