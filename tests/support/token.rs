//! What signing in gives, and access tokens, real and forged.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_identity::tokens::claims::AccessClaims;
use builder_identity::tokens::signing_key::SigningKey;
use ed25519_dalek::Signer;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::answer::Answer;

/// What signing in gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl Tokens {
    /// The tokens in an answer.
    #[track_caller]
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        Self { access: answer.text("accessToken"), refresh: answer.text("refreshToken") }
    }
}

/// Header and claims of a token.
#[must_use]
pub fn read(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    (parts.next().expect("a header"), parts.next().expect("claims"))
}

/// A token of this header and these claims with a signature of any kind.
pub fn forge(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// As [`forge`], with a signature that is encoded already.
pub(crate) fn forge_encoded(
    header: &Value,
    claims: &Value,
    sign: impl FnOnce(&[u8]) -> String,
) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = sign(message.as_bytes());
    format!("{message}.{signature}")
}

/// A token of these claims that the stack itself could have signed, whose key is derived from its
/// signing secret.
#[must_use]
pub fn sign(secret: &str, claims: &Value) -> String {
    let claims: AccessClaims =
        serde_json::from_value(claims.clone()).expect("the claims of an access token");
    SigningKey::derive(secret).expect("a key").sign(&claims).expect("a token")
}

/// The signature of a key that nobody trusts, and that key's public half.
pub fn foreign_key() -> (impl Fn(&[u8]) -> Vec<u8>, String) {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    (move |message: &[u8]| key.sign(message).to_bytes().to_vec(), public)
}

/// The HMAC of a message under a secret.
pub fn hmac(secret: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    move |message| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is a key");
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    }
}
