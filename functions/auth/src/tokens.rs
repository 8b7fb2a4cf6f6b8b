//! The pair of tokens that signing in and refreshing give.

use builder_core::error::{Error, Result};
use builder_core::users::public_keys;
use builder_core::users::refresh_token::RefreshToken;
use builder_core::users::signing_key::SigningKey;
use builder_core::users::signing_secret::SigningSecret;
use builder_core::users::token::{self, AccessClaims};
use builder_core::users::{Session, User};
use builder_runtime::Call;
use serde::Serialize;
use utoipa::ToSchema;

/// A pair of tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tokens {
    /// Goes with each request, as `Authorization: Bearer <accessToken>`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For how many seconds the access token is good.
    #[schema(example = 3600)]
    expires_in: i64,
    /// Gets the next pair, once, within seven days.
    refresh_token: String,
}

/// What makes tokens: the signing secret, and the key derived from it, which is published.
pub(crate) struct Issuer {
    secret: SigningSecret,
    key: SigningKey,
}

/// The id of the key that this instance knows to be published.
struct Published(String);

impl Issuer {
    /// Reads the secret, and publishes its key before anything is signed with it.
    pub(crate) async fn prepare(call: &Call) -> Result<Self> {
        let secret = SigningSecret::read(&call.app().secret("SIGNING_SECRET").await?)?;
        let key = SigningKey::derive(secret.current())?;
        let kid = &key.public().kid;
        if call.app().kept::<Published>().is_none_or(|published| published.0 != *kid) {
            public_keys::publish(call.table(), key.public(), &call.context()).await?;
            call.app().keep(Published(kid.clone()));
        }
        Ok(Self { secret, key })
    }

    /// The secret that refresh tokens and challenges are derived from.
    pub(crate) fn secret(&self) -> &SigningSecret {
        &self.secret
    }

    /// The tokens of a session as it is now.
    pub(crate) fn issue(&self, call: &Call, user: &User, session: &Session) -> Result<Tokens> {
        let issuer = call.env().require("PUBLIC_URL")?;
        let claims = AccessClaims::new(issuer, user.id, session.id, user.epoch, user.role, call.now())?;
        let family = session.family.as_ref().ok_or_else(|| Error::internal("a session without a family secret"))?;
        let refresh = RefreshToken { user: user.id, session: session.id, generation: session.generation };
        Ok(Tokens {
            access_token: self.key.sign(&claims)?,
            token_type: "Bearer",
            expires_in: token::LIFE,
            refresh_token: refresh.issue(self.secret.current(), family)?,
        })
    }
}
