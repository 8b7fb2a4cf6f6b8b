//! `POST /api/v1/auth/logout`

use builder_identity::id::SessionId;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_identity::sessions;
use builder_identity::sessions::refresh_token::Presented;
use builder_identity::sessions::session::EndReason;
use builder_identity::tokens::signing_secret::SigningSecret;
use builder_runtime::{
    ACCESS_COOKIE, Access, Call, Empty, Function, Json, REFRESH_COOKIE, Reply, Resources, Result,
    Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::id::UserId;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::refusals::CROSS_SITE;
use crate::tokens;

/// The session to end, if the request has no access token.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Logout {
    /// The refresh token of the session. In mode `cookie`, omit it: it is in a cookie.
    #[garde(inner(length(bytes, min = 1, max = 255)))]
    #[schema(min_length = 1, max_length = 255, example = "rt_AZNKXHsAcACAAAAAAAAAAQ")]
    refresh_token: Option<String>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "logout",
            "/api/v1/auth/logout",
            Access::PublicOr(Permission::SessionsWrite),
            logout,
        )
        .exempt_from_rate_limit()
        .ignores_idempotency_key()
        .without_second_factor()
        .sets_cookies()
        .summary("Sign out")
        .description(
            "Ends the session of the access token or the refresh token. Its next request is \
             rejected. Signing out of a session that has ended, or without one, is not an error.",
        )
        .error_with(403, "forbidden", "The request was sent with an API key, which has no session.")
        .error_with(
            403,
            CROSS_SITE,
            "With cookies: the request wasn't sent by a page of the application.",
        ),
        Resources::new()
            .variables(["CORS_ORIGINS", "PUBLIC_URL"])
            .secrets(["SIGNING_SECRET"])
            .get([GUARD])
            .batch_get([USER])
            .check([GUARD])
            .put([USER])
            .update([USER]),
    )
}

async fn logout(call: Call, body: Option<Json<Logout>>) -> Result<Reply<Empty>> {
    let refresh_token = body.and_then(|Json(body)| body.refresh_token);
    let by_cookie = [ACCESS_COOKIE, REFRESH_COOKIE].iter().any(|name| call.cookie(name).is_some());
    let own_page = call.from_own_page();
    let session = match call.caller() {
        Ok(caller) => Some((caller.user, caller.session()?)),
        Err(_) => {
            let token = match &refresh_token {
                Some(token) => Some(token.as_str()),
                None => call.cookie(REFRESH_COOKIE),
            };
            // Another site's page must not sign the user out: browsers send the cookie with its
            // requests.
            if by_cookie && refresh_token.is_none() {
                call.from_own_page()?;
            }
            match token {
                Some(token) => of_refresh_token(&call, token).await?,
                None => None,
            }
        }
    };
    if let Some((user, session)) = session {
        retry_on_conflict(|| end(&call, user, session)).await?;
    }
    // Another site's page must not delete the cookies either.
    let forgotten = (by_cookie || own_page.is_ok()).then(tokens::forgotten);
    Ok(Reply::no_content().cookies(forgotten.into_iter().flatten()))
}

/// Returns the session of a genuine refresh token, whether or not it was already used: whoever has
/// one may end the session (RFC 7009).
async fn of_refresh_token(
    call: &Call,
    token: &str,
) -> builder_store::Result<Option<(UserId, SessionId)>> {
    let Some(presented) = Presented::parse(token) else { return Ok(None) };
    let claimed = presented.claimed();
    let Some(signed_in) = sessions::load(call.table(), claimed.user, claimed.session).await? else {
        return Ok(None);
    };
    let Some(family) = &signed_in.session.state.family else { return Ok(None) };
    let secret = SigningSecret::read(&call.app().secret("SIGNING_SECRET").await?)?;
    let genuine = presented.genuine(secret.accepted(), family)?;
    Ok(genuine.then_some((claimed.user, claimed.session)))
}

async fn end(call: &Call, user: UserId, session: SessionId) -> builder_store::Result<()> {
    let mut commit = Commit::new(&call.context());
    if let Some(signed_in) = sessions::load(call.table(), user, session).await? {
        sessions::end(call.table(), &mut commit, &signed_in, EndReason::SignedOut).await?;
    }
    commit.send_unless_empty(call.table()).await
}
