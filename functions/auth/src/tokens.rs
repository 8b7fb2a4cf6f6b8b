//! The tokens that signing in and refreshing return.

use builder_identity::account::user::User;
use builder_identity::keys::JWKS;
use builder_identity::sessions::refresh_token::RefreshToken;
use builder_identity::sessions::session::Session;
use builder_identity::tokens::public_keys;
use builder_identity::tokens::signing_key::SigningKey;
use builder_identity::tokens::signing_secret::SigningSecret;
use builder_identity::tokens::token::{self, AccessClaims};
use builder_runtime::{ACCESS_COOKIE, Call, Problem, REFRESH_COOKIE, Resources};
use builder_store::error::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the tokens of a session are returned to the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Mode {
    /// In the body: for programs, and for applications that store the tokens themselves.
    #[default]
    Bearer,
    /// In cookies that scripts can't read: for the application's web pages.
    Cookie,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Tokens {
    /// A pair of tokens.
    Pair(TokenPair),
    /// The CSRF token of a session whose tokens are in cookies.
    Browser(BrowserSession),
}

/// A session whose tokens are in cookies.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BrowserSession {
    /// The CSRF token. Send it as `X-CSRF-Token` with every request that changes data. It stays the
    /// same for the whole session.
    #[schema(example = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k")]
    csrf_token: String,
    /// Seconds until the access token's cookie expires.
    #[schema(example = 3600)]
    expires_in: i64,
    #[serde(skip)]
    cookies: [String; 2],
}

/// A pair of tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenPair {
    /// The access token. Send it with each request as `Authorization: Bearer <accessToken>`.
    #[schema(
        example = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMDFoNDU1dmI0cGV4NXZza25rMDg0c24wMnEifQ.c2lnbmF0dXJl"
    )]
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 3600)]
    expires_in: i64,
    /// The refresh token. It can be exchanged once for the next pair, within seven days and within
    /// the maximum lifetime of the session.
    #[schema(example = "rt_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAABAAAAAQ")]
    refresh_token: String,
}

impl Tokens {
    /// Returns the cookies to set.
    pub(crate) fn cookies(&self) -> &[String] {
        match self {
            Self::Pair(_) => &[],
            Self::Browser(session) => &session.cookies,
        }
    }
}

/// The path prefix that the refresh token's cookie is limited to. It includes refreshing and
/// signing out.
const REFRESH_PATH: &str = "/api/v1/auth";

/// Returns a cookie that scripts can't read, that is sent over TLS only, and not with subrequests
/// of other sites (RFC 6265bis).
fn cookie(name: &str, value: &str, path: &str, seconds: i64) -> String {
    format!("{name}={value}; Max-Age={seconds}; Path={path}; Secure; HttpOnly; SameSite=Lax")
}

/// Returns cookies that delete the session's cookies in the browser.
pub(crate) fn forgotten() -> [String; 2] {
    [cookie(ACCESS_COOKIE, "", "/", 0), cookie(REFRESH_COOKIE, "", REFRESH_PATH, 0)]
}

/// Issues tokens with the signing secret and the key derived from it, whose public part is
/// published.
pub(crate) struct Issuer {
    secret: SigningSecret,
    key: SigningKey,
    mode: Mode,
}

/// The ID of the key that this instance knows to be published.
struct Published(String);

impl Issuer {
    /// Returns the resources that issuing tokens needs.
    pub(crate) fn resources() -> Resources {
        Resources::new()
            .variables(["CORS_ORIGINS", "PUBLIC_URL"])
            .secrets(["SIGNING_SECRET"])
            // A key that isn't published yet is published first.
            .get([JWKS])
            .put([JWKS])
            .update([JWKS])
    }

    /// Reads the secret, and publishes its key before anything is signed with it.
    ///
    /// Cookies are set only for the application's own pages: another site's page could sign the
    /// user in to a foreign account.
    pub(crate) async fn prepare(call: &Call, mode: Mode) -> Result<Self, Problem> {
        if mode == Mode::Cookie {
            call.from_own_page()?;
        }
        let secret = SigningSecret::read(&call.app().secret("SIGNING_SECRET").await?)?;
        let key = SigningKey::derive(secret.current())?;
        let kid = &key.public().kid;
        if call.app().kept::<Published>().is_none_or(|published| published.0 != *kid) {
            public_keys::publish(call.table(), key.public(), &call.context()).await?;
            call.app().keep(Published(kid.clone()));
        }
        Ok(Self { secret, key, mode })
    }

    /// Returns the secret that refresh tokens and challenges are derived from.
    pub(crate) fn secret(&self) -> &SigningSecret {
        &self.secret
    }

    /// Returns tokens for the session's current state.
    pub(crate) fn issue(&self, call: &Call, user: &User, session: &Session) -> Result<Tokens> {
        let issuer = call.env().require("PUBLIC_URL")?;
        let mut claims =
            AccessClaims::new(issuer, user.id, session.id, user.epoch, user.role, call.now())?;
        let family = session
            .family
            .as_ref()
            .ok_or_else(|| Error::internal("a session without a family secret"))?;
        let refresh =
            RefreshToken { user: user.id, session: session.id, generation: session.generation };
        let refresh_token = refresh.issue(self.secret.current(), family)?;
        // No token outlives its session.
        let left = session.expires_at.duration_since(call.now()).as_secs();
        let expires_in = token::LIFE.min(left);
        claims.exp = claims.exp.min(session.expires_at.as_second());
        if self.mode == Mode::Bearer {
            let access_token = self.key.sign(&claims)?;
            return Ok(Tokens::Pair(TokenPair {
                access_token,
                token_type: "Bearer",
                expires_in,
                refresh_token,
            }));
        }
        let csrf_token = family.csrf_token()?;
        claims.csrf = Some(csrf_token.clone());
        let cookies = [
            cookie(ACCESS_COOKIE, &self.key.sign(&claims)?, "/", expires_in),
            cookie(REFRESH_COOKIE, &refresh_token, REFRESH_PATH, left),
        ];
        Ok(Tokens::Browser(BrowserSession { csrf_token, expires_in, cookies }))
    }
}
