//! The keys that the tests' provider signs with. They have no other use.

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use crate::token;

/// A key; its name is its `kid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// RSA of 2048 bits.
    Rsa1,
    /// Another RSA key.
    Rsa2,
    /// P-256.
    Ec,
    /// Ed25519.
    Ed,
}

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// Correctly, with this key.
    With(Key),
    /// With a key, under the ID of another.
    Under(Key, Key),
    /// With HS256 and the public part of a key as the secret.
    HmacOfPublic(Key),
    /// Not at all.
    None,
}

impl Key {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::Rsa1 | Self::Rsa2 => Algorithm::RS256,
            Self::Ec => Algorithm::ES256,
            Self::Ed => Algorithm::EdDSA,
        }
    }

    fn encoding(self) -> EncodingKey {
        match self {
            Self::Rsa1 => EncodingKey::from_rsa_der(include_bytes!("keys/rsa-1.der")),
            Self::Rsa2 => EncodingKey::from_rsa_der(include_bytes!("keys/rsa-2.der")),
            Self::Ec => EncodingKey::from_ec_der(include_bytes!("keys/ec.der")),
            // RFC 8410, section 7.
            Self::Ed => EncodingKey::from_ed_der(
                &[
                    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]
                        .as_slice(),
                    &[7; 32],
                ]
                .concat(),
            ),
        }
    }

    fn kid(self) -> String {
        format!("{self:?}")
    }

    /// Returns the public key, as the provider publishes it.
    pub(super) fn public(self) -> Value {
        let mut key = Jwk::from_encoding_key(&self.encoding(), self.algorithm()).expect("a key");
        key.common.key_id = Some(self.kid());
        key.common.public_key_use = Some(PublicKeyUse::Signature);
        serde_json::to_value(key).expect("JSON")
    }
}

impl Signing {
    /// Returns a token with these claims.
    pub(super) fn sign(self, claims: &Value) -> String {
        let (header, key) = match self {
            Self::With(key) => {
                (json!({ "alg": key.algorithm(), "kid": key.kid(), "typ": "JWT" }), key)
            }
            Self::Under(key, other) => {
                (json!({ "alg": key.algorithm(), "kid": other.kid(), "typ": "JWT" }), key)
            }
            Self::HmacOfPublic(key) => {
                let header = json!({ "alg": "HS256", "kid": key.kid(), "typ": "JWT" });
                return token::forge(
                    &header,
                    claims,
                    token::hmac(key.public()["n"].as_str().unwrap_or_default().as_bytes()),
                );
            }
            Self::None => {
                return token::forge(&json!({ "alg": "none", "typ": "JWT" }), claims, |_| {
                    Vec::new()
                });
            }
        };
        let sign = |message: &[u8]| {
            crypto::sign(message, &key.encoding(), key.algorithm()).expect("a signature")
        };
        token::forge_encoded(&header, claims, sign)
    }
}
