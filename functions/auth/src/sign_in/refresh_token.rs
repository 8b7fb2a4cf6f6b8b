//! `POST /api/v1/auth/refresh`

use builder_core::settings::Settings;
use builder_identity::account::user::Status;
use builder_identity::keys::{GUARD, SETTINGS, USER};
use builder_identity::sessions;
use builder_identity::sessions::refresh_token::Presented;
use builder_identity::sessions::session::{EndReason, Rotation};
use builder_runtime::{
    Access, Call, Function, Json, Problem, REFRESH_COOKIE, Reply, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::{Error, Violation};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::refusals::CROSS_SITE;
use crate::tokens::{self, Issuer, Mode, Tokens};

/// The session to refresh.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refresh {
    /// The latest refresh token. In mode `cookie`, omit it: it is in a cookie.
    #[garde(inner(length(bytes, min = 1, max = 255)))]
    #[schema(min_length = 1, max_length = 255, example = "rt_AZNKXHsAcACAAAAAAAAAAQ")]
    refresh_token: Option<String>,
    /// How the tokens are returned.
    #[serde(default)]
    #[garde(skip)]
    #[schema(inline, default = "bearer")]
    mode: Mode,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post("refresh-token", "/api/v1/auth/refresh", Access::Public, refresh)
            .summary("Refresh tokens")
            .description(
                "Exchanges a refresh token for a new pair of tokens. Sending a refresh token that \
                 was already used ends the session.",
            )
            .ignores_idempotency_key()
            .error_with(
                401,
                INVALID_REFRESH_TOKEN,
                "The refresh token is invalid, was already used, or belongs to a session that has \
                 ended. Sign in again.",
            )
            .error_with(
                403,
                CROSS_SITE,
                "With mode `cookie`: the request wasn't sent by a page of the application.",
            )
            .sets_cookies()
            .forgets_cookies(),
        Issuer::resources()
            .get([GUARD, SETTINGS])
            .batch_get([USER])
            .check([GUARD])
            .put([USER])
            .update([USER]),
    )
}

const INVALID_REFRESH_TOKEN: &str = "invalid-refresh-token";

async fn refresh(call: Call, Json(body): Json<Refresh>) -> Result<Reply<Tokens>> {
    let text = match (body.mode, &body.refresh_token) {
        (Mode::Bearer, Some(token)) => Some(token.as_str()),
        (Mode::Cookie, None) => call.cookie(REFRESH_COOKIE),
        (Mode::Bearer, None) => return Err(violation("is missing")),
        (Mode::Cookie, Some(_)) => {
            return Err(violation("must be omitted in mode `cookie`: the token is in the cookie"));
        }
    };
    let issuer = Issuer::prepare(&call, body.mode).await?;
    let refused = || forgetting(refused(), body.mode);
    let presented = text.and_then(Presented::parse).ok_or_else(refused)?;
    retry_on_conflict(|| attempt(&call, &issuer, &presented)).await?.ok_or_else(refused)
}

/// Returns the next pair of tokens; `None` when the token is invalid or no longer valid.
async fn attempt(
    call: &Call,
    issuer: &Issuer,
    presented: &Presented,
) -> builder_store::Result<Option<Reply<Tokens>>> {
    let claimed = presented.claimed();
    let Some(signed_in) = sessions::load(call.table(), claimed.user, claimed.session).await? else {
        return Ok(None);
    };
    let (user, session) = (&signed_in.account.user.state, &signed_in.session.state);
    // Checked before anything else: a forged token must not be able to end a session.
    let genuine = match &session.family {
        Some(family) => presented.genuine(issuer.secret().accepted(), family)?,
        None => false,
    };
    if !genuine || user.status != Status::Active || session.is_revoked(user) {
        return Ok(None);
    }
    let mut commit = Commit::new(&call.context());
    let longest = call.cached::<Settings>().await?.state.document.security.session_life();
    match session.rotate(claimed.generation, longest, call.now()) {
        Rotation::Rotated(events) => {
            let next = sessions::refresh(&mut commit, &signed_in, &events)?;
            let tokens = issuer.issue(call, user, &next.state)?;
            call.commit(commit, reply(&tokens)?).await.map(Some)
        }
        Rotation::Grace => reply(&issuer.issue(call, user, session)?).map(Some),
        Rotation::Reused => {
            sessions::end(call.table(), &mut commit, &signed_in, EndReason::TokenReused).await?;
            commit.send(call.table()).await?;
            tracing::warn!(user = %user.id, session = %session.id, "ended a session because a used refresh token was sent");
            Ok(None)
        }
        Rotation::Over => Ok(None),
    }
}

fn reply(tokens: &Tokens) -> builder_store::Result<Reply<Tokens>> {
    Ok(Reply::ok(tokens)?.cookies(tokens.cookies().to_vec()))
}

fn violation(detail: &'static str) -> Problem {
    Problem::invalid(vec![Violation::new("/refreshToken", detail)])
}

/// Adds headers to the problem that delete the cookies in the browser, which are no longer valid.
fn forgetting(problem: Problem, mode: Mode) -> Problem {
    match mode {
        Mode::Bearer => problem,
        Mode::Cookie => tokens::forgotten()
            .into_iter()
            .fold(problem, |problem, cookie| problem.header("set-cookie", cookie)),
    }
}

fn refused() -> Problem {
    Problem::from(Error::Unauthenticated(
        "This refresh token is invalid or no longer valid. Sign in again.".into(),
    ))
    .code(INVALID_REFRESH_TOKEN)
}
