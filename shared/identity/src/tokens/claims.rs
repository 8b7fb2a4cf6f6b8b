//! The claims of an access token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::SessionId;
use crate::role::Role;

/// The audience of every access token.
pub const AUDIENCE: &str = "builder-api";

/// How long an access token is valid, in seconds: one hour.
pub const LIFE: i64 = 3600;

/// The claims of an access token (RFC 9068, section 2.2), with the values that the guard compares
/// on each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The issuer: this API's public base URL.
    pub iss: String,
    /// The audience: [`AUDIENCE`].
    pub aud: String,
    /// The account's ID.
    pub sub: UserId,
    /// The client it was issued for. There is only one: the API's own.
    pub client_id: String,
    /// The session it was issued in; ended sessions are refused.
    pub sid: SessionId,
    /// The account's epoch when it was issued; it is refused in any other epoch.
    pub epoch: u64,
    /// The role when it was issued, for information: the guard uses the current role.
    pub role: Role,
    /// Issued at, in seconds since 1970.
    pub iat: i64,
    /// Valid before, in seconds since 1970.
    pub exp: i64,
    /// Not valid before, in seconds since 1970, if set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// The token's ID.
    pub jti: String,
    /// The CSRF token, with which a page proves that it may use the cookie that contains this
    /// token. Only tokens in cookies have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csrf: Option<String>,
}

impl AccessClaims {
    /// Creates the claims of a token issued now.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system provides no randomness.
    pub fn new(
        issuer: &str,
        user: UserId,
        session: SessionId,
        epoch: u64,
        role: Role,
        now: Timestamp,
    ) -> Result<Self> {
        let mut jti = [0; 16];
        getrandom::fill(&mut jti).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            client_id: AUDIENCE.to_owned(),
            sid: session,
            epoch,
            role,
            iat: now.as_second(),
            exp: now.as_second() + LIFE,
            nbf: None,
            jti: URL_SAFE_NO_PAD.encode(jti),
            csrf: None,
        })
    }
}
