//! The key that signs access tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Result};
use hkdf::Hkdf;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::tokens::claims::AccessClaims;

/// The `typ` of an access token (RFC 9068, section 2.1), which distinguishes it from other JWTs.
pub const TOKEN_TYPE: &str = "at+jwt";

/// The HKDF context for signing. Other uses of the secret have their own contexts.
const CONTEXT: &[u8] = b"builder-api/access-token/ed25519/v1";

/// The part of a PKCS #8 Ed25519 key before its 32 bytes of seed (RFC 8410, section 7): a sequence
/// of version 0, the algorithm 1.3.101.112, and an octet string in an octet string.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A public key that verifies access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// The ID: the RFC 7638 thumbprint.
    pub kid: String,
    /// The 32 bytes of the Ed25519 public key, in base64url.
    pub x: String,
    /// When the last token that it signed has expired; `None` while it is in use or will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl PublicKey {
    /// Creates the key from these 32 bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(bytes);
        // RFC 7638, section 3, with the members of an OKP key (RFC 8037, section 2) in lexical
        // order and without spaces.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Self { kid: URL_SAFE_NO_PAD.encode(Sha256::digest(members)), x, until: None }
    }
}

/// The key pair that signs access tokens.
pub struct SigningKey {
    encoding: EncodingKey,
    public: PublicKey,
}

impl SigningKey {
    /// Derives the key from a secret text: the same text produces the same key, on every instance.
    ///
    /// # Errors
    /// [`Error::Internal`] if HKDF fails, which it does only for far longer outputs.
    pub fn derive(secret: &str) -> Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, secret.as_bytes())
            .expand(CONTEXT, seed.as_mut())
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self::from_seed(&seed))
    }

    fn from_seed(seed: &[u8; 32]) -> Self {
        let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
        let mut der = Zeroizing::new([0; 48]);
        der[..16].copy_from_slice(&PKCS8_PREFIX);
        der[16..].copy_from_slice(seed);
        Self {
            encoding: EncodingKey::from_ed_der(der.as_slice()),
            public: PublicKey::new(public.as_bytes()),
        }
    }

    /// Returns the public key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    #[cfg(test)]
    pub(crate) fn sign_bytes(&self, message: &[u8]) -> String {
        jsonwebtoken::crypto::sign(message, &self.encoding, Algorithm::EdDSA).unwrap()
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// [`Error::Internal`] if the claims can't be serialised.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TOKEN_TYPE.to_owned());
        header.kid = Some(self.public.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.encoding).map_err(Error::internal)
    }
}

/// Never shows the key: debug output ends up in logs.
impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, appendix A.1.
    fn rfc_8037() -> SigningKey {
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        SigningKey::from_seed(&seed.try_into().unwrap())
    }

    #[test]
    fn public_key_and_thumbprint_are_those_of_rfc_8037() {
        let key = rfc_8037();
        assert_eq!(key.public().x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "appendix A.2");
        assert_eq!(key.public().kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "appendix A.3");
    }

    #[test]
    fn a_signature_is_that_of_rfc_8037() {
        // Appendix A.4.
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature =
            jsonwebtoken::crypto::sign(message, &rfc_8037().encoding, Algorithm::EdDSA).unwrap();
        assert_eq!(
            signature,
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn a_secret_gives_one_key_and_another_secret_another() {
        let of = |secret| SigningKey::derive(secret).unwrap().public().clone();
        assert_eq!(of("one"), of("one"));
        assert_ne!(of("one"), of("two"));
        assert!(!format!("{:?}", rfc_8037()).contains("nWGx"));
    }
}
