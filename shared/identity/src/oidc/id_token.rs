//! ID tokens and their verification (OpenID Connect Core 1.0, section 3.1.3.7). No I/O.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::Deserialize;

use super::Seconds;
use super::key_set::{ALGORITHMS, KeySet};
use crate::email::EmailAddress;

/// By how many seconds a provider's clock may differ from ours.
const LEEWAY: Seconds = 60;
/// Longer texts are not worth decoding.
const MAX_LENGTH: usize = 16 * 1024;
/// The longest subject (section 2).
const MAX_SUBJECT: usize = 255;

/// The expected values of an ID token.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The provider's issuer.
    pub issuer: &'a str,
    /// Our client id there.
    pub client_id: &'a str,
    /// The nonce of the flow.
    pub nonce: &'a str,
    /// When the flow began.
    pub began_at: Seconds,
}

/// The claims of a verified token.
#[derive(Clone, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The subject, which is never reassigned.
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: Seconds,
    iat: Seconds,
    nbf: Option<Seconds>,
    nonce: Option<String>,
    #[serde(flatten)]
    profile: Profile,
}

/// The claims about the user: in the token, or in the user information (section 5.3).
#[derive(Clone, Default, Deserialize)]
pub(super) struct Profile {
    email: Option<String>,
    #[serde(default)]
    email_verified: Verified,
    name: Option<String>,
}

/// Never shows what is personal: debug output ends up in logs.
impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claims({})", self.iss)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// `email_verified`, which some providers write as text. Whatever else it is, it isn't true.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Verified {
    Said(bool),
    Written(String),
    Otherwise(serde::de::IgnoredAny),
}

impl Default for Verified {
    fn default() -> Self {
        Self::Said(false)
    }
}

/// How a token says it is signed.
#[derive(Debug)]
pub struct Signed {
    algorithm: Algorithm,
    kid: Option<String>,
}

impl Signed {
    /// Reads the header of a token. Keys or their addresses in it (`jwk`, `jku`, `x5u`, `x5c`) are
    /// the sender's and prove nothing.
    ///
    /// # Errors
    /// Why no such token is believed.
    pub fn read(token: &str) -> Result<Self, &'static str> {
        if token.len() > MAX_LENGTH {
            return Err("it is too long");
        }
        let Header { alg, crit, kid, .. } = jsonwebtoken::decode_header(token)
            .map_err(|_| "its header is invalid or names no algorithm")?;
        if !ALGORITHMS.contains(&alg) {
            return Err("its algorithm is not one of RS256, ES256 and EdDSA");
        }
        if crit.is_some() {
            return Err("its header requires an extension");
        }
        Ok(Self { algorithm: alg, kid })
    }

    /// Returns whether its key is among these.
    #[must_use]
    pub fn is_by(&self, keys: &KeySet) -> bool {
        keys.find(self.kid.as_deref(), self.algorithm).is_some()
    }
}

/// Verifies a token.
///
/// # Errors
/// Why it is not believed. Says nothing of what stands in it.
pub fn verify(
    token: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
    now: Seconds,
) -> Result<Claims, &'static str> {
    let signed = Signed::read(token)?;
    let key = keys
        .find(signed.kid.as_deref(), signed.algorithm)
        .ok_or("it is signed with an unknown key")?;
    let mut validation = Validation::new(signed.algorithm);
    // Verifies only the signature: the library would use the system clock, and ignore missing
    // claims.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
        .map_err(|_| "its signature or its claims are invalid")?
        .claims;
    claims.check(expected, now)?;
    Ok(claims)
}

impl Claims {
    fn check(&self, expected: &Expected<'_>, now: Seconds) -> Result<(), &'static str> {
        let is_client = |audience: &String| audience == expected.client_id;
        let (for_us, several) = match &self.aud {
            Audience::One(one) => (is_client(one), false),
            Audience::Several(all) => (all.iter().any(is_client), all.len() > 1),
        };
        let party = self.azp.as_ref();
        let rules = [
            (self.iss == expected.issuer, "it was issued by another issuer"),
            (for_us, "it is for another client"),
            (
                party.is_none_or(is_client) && (party.is_some() || !several),
                "it was issued to another client",
            ),
            (now < self.exp.saturating_add(LEEWAY), "it has expired"),
            (
                self.iat.max(self.nbf.unwrap_or(self.iat)) <= now.saturating_add(LEEWAY),
                "it is not valid yet",
            ),
            (self.iat >= expected.began_at.saturating_sub(LEEWAY), "it is older than the flow"),
            (self.nonce.as_deref() == Some(expected.nonce), "it belongs to another flow"),
            (
                (1..=MAX_SUBJECT).contains(&self.sub.len()) && self.sub.is_ascii(),
                "it has no subject",
            ),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err(why))
    }

    /// Returns whether the token contains no address. Providers may return it only in the user
    /// information (section 5.4).
    pub(super) fn lack_an_address(&self) -> bool {
        self.profile.email.is_none()
    }

    /// Adds the user information.
    pub(super) fn with(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// The address, if the provider says that it has verified it to be the person's, and it is one.
    #[must_use]
    pub fn verified_email(&self) -> Option<EmailAddress> {
        let verified = match &self.profile.email_verified {
            Verified::Said(verified) => *verified,
            Verified::Written(text) => text == "true",
            Verified::Otherwise(_) => false,
        };
        EmailAddress::parse(self.profile.email.as_deref()?).ok().filter(|_| verified)
    }

    /// Returns the name from the provider, if it is valid here.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.profile
            .name
            .as_deref()
            .map(str::trim)
            .filter(|name| crate::account::user::check_name(name).is_ok())
    }
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
