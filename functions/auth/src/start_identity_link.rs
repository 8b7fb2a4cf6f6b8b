//! `POST /api/v1/me/identities/{provider}/start`

use builder_core::error::Error;
use builder_core::users::{Permission, sessions};
use builder_runtime::{Access, Call, Function, Reply, Result, Route};
use jiff::SignedDuration;

use crate::oidc::{self, Started};
use crate::refusals::{PROVIDER_UNAVAILABLE, SIGN_IN_AGAIN, sign_in_again};

/// How old a session may be that adds a way to sign in: a stolen token, found later, must not become one for good.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

/// The route.
#[must_use]
pub fn function() -> Function {
    let access = Access::Permit(Permission::CredentialsWrite);
    Route::post("start-identity-link", "/api/v1/me/identities/{provider}/start", access, start_identity_link)
        .summary("Begin to link an identity at an OpenID provider, within ten minutes of signing in")
        .issues_tokens()
        .starts_if(oidc::check)
        .refuses_with(403, SIGN_IN_AGAIN, "The session began more than ten minutes ago.")
        .refuses_with(503, PROVIDER_UNAVAILABLE, "The provider doesn't answer as it should.")
        .into()
}

async fn start_identity_link(call: Call) -> Result<Reply<Started>> {
    let caller = call.caller()?;
    let session = caller.session()?;
    let signed_in = sessions::load(call.table(), caller.user, session).await?.ok_or(Error::NotFound { what: "session" })?;
    if call.now().duration_since(signed_in.session.state.created_at) > RECENT {
        return Err(sign_in_again());
    }
    // As linking will: nobody is to be sent away for nothing.
    if !signed_in.account.user.state.verified {
        return Err(Error::Forbidden("Verify your e-mail address first.".into()).into());
    }
    Ok(Reply::ok(&oidc::begin(&call, Some((caller.user, session)), None).await?)?)
}
