//! `POST /api/v1/me/identities/{provider}/start`

use builder_core::error::Error;
use builder_core::users::Permission;
use builder_runtime::{Access, Call, Function, Reply, Result, Route};

use crate::oidc::{self, Started};
use crate::recent;
use crate::refusals::{PROVIDER_UNAVAILABLE, SIGN_IN_AGAIN};

/// The route.
#[must_use]
pub fn function() -> Function {
    let access = Access::Permit(Permission::CredentialsWrite);
    Route::post("start-identity-link", "/api/v1/me/identities/{provider}/start", access, start_identity_link)
        .summary("Begin to link an identity at an OpenID provider, within ten minutes of signing in")
        .issues_tokens()
        .starts_if(oidc::check)
        .refuses_with(403, SIGN_IN_AGAIN, recent::RULE)
        .refuses_with(503, PROVIDER_UNAVAILABLE, "The provider doesn't answer as it should.")
        .parameter("provider", "google")
        .into()
}

async fn start_identity_link(call: Call) -> Result<Reply<Started>> {
    let (session, signed_in) = recent::session(&call).await?;
    // As linking will: nobody is to be sent away for nothing.
    if !signed_in.account.user.state.verified {
        return Err(Error::Forbidden("Verify your e-mail address first.".into()).into());
    }
    Ok(Reply::ok(&oidc::begin(&call, Some((signed_in.account.user.state.id, session)), None).await?)?)
}
