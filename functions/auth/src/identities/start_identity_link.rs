//! `POST /api/v1/me/identities/{provider}/start`

use builder_identity::keys::USER;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Result, Route};

use crate::oidc::{self, Started};
use crate::refusals::{PROVIDER_UNAVAILABLE, SIGN_IN_AGAIN};
use crate::step_up;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let access = Access::Permit(Permission::CredentialsWrite);
    Function::new(
        Route::post(
            "start-identity-link",
            "/api/v1/me/identities/{provider}/start",
            access,
            start_identity_link,
        )
        .summary("Start linking an identity")
        .description(
            "Requires a sign-in within the last ten minutes. Returns the URL to send the browser \
             to.",
        )
        .ignores_idempotency_key()
        .validate_env(oidc::check)
        .error_with(403, SIGN_IN_AGAIN, step_up::RULE)
        .error_with(503, PROVIDER_UNAVAILABLE, "The provider is unavailable. Try again later.")
        .parameter("provider", "google"),
        oidc::resources_to_begin().batch_get([USER]),
    )
}

async fn start_identity_link(call: Call) -> Result<Reply<Started>> {
    let (session, signed_in) = step_up::session(&call).await?;
    Ok(Reply::ok(
        &oidc::begin(&call, Some((signed_in.account.user.state.id, session)), None).await?,
    )?)
}
