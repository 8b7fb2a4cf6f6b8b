//! The public keys of a provider (RFC 7517).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// The algorithms that ID tokens may be signed with, all with a public key. `none` proves nothing,
/// and with HS256 the verifier could sign.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// RSA keys have at least 2048 bits (RFC 7518, section 3.3); the maximum limits the cost of
/// verifying.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// A provider's keys.
#[derive(Debug, Clone, Deserialize)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// A key of the set; unknown kinds are skipped.
#[derive(Debug, Clone, Deserialize)]
struct Key {
    kid: Option<String>,
    kty: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a document of keys.
    ///
    /// # Errors
    /// Why it isn't valid.
    pub fn read(document: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(document).map_err(|error| format!("its keys: {error}"))
    }

    /// Returns the key with this ID that verifies signatures of `algorithm`. Without an ID, returns
    /// the only key for the algorithm, if there is exactly one.
    #[must_use]
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|key| key.is_for(algorithm));
        match kid {
            Some(kid) => fitting.find(|key| key.kid.as_deref() == Some(kid))?.decoding(),
            None => {
                let only = fitting.next()?;
                if fitting.next().is_some() { None } else { only.decoding() }
            }
        }
    }
}

impl Key {
    fn is_for(&self, algorithm: Algorithm) -> bool {
        let crv = self.crv.as_deref();
        let (name, kind) = match algorithm {
            Algorithm::RS256 => ("RS256", self.kty == "RSA"),
            Algorithm::ES256 => ("ES256", self.kty == "EC" && crv == Some("P-256")),
            Algorithm::EdDSA => ("EdDSA", self.kty == "OKP" && crv == Some("Ed25519")),
            _ => return false,
        };
        let named = self.alg.as_deref().is_none_or(|alg| alg == name);
        kind && named && self.usage.as_deref().is_none_or(|usage| usage == "sig")
    }

    /// Returns the key, if its numbers are valid. They are checked here, since the library panics
    /// on some invalid ones.
    fn decoding(&self) -> Option<DecodingKey> {
        let bytes = |member: &Option<String>| URL_SAFE_NO_PAD.decode(member.as_deref()?).ok();
        match self.kty.as_str() {
            "RSA" => {
                let (n, e) = (bytes(&self.n)?, bytes(&self.e)?);
                let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
                let full =
                    n.first().is_some_and(|first| *first >= 0x80) && RSA_BYTES.contains(&n.len());
                let exponent = odd(&e) && e.len() <= 4 && e != [1];
                (full && odd(&n) && exponent).then(|| DecodingKey::from_rsa_raw_components(&n, &e))
            }
            "EC" => {
                let (x, y) = (bytes(&self.x)?, bytes(&self.y)?);
                let numbers = x.len() == 32 && y.len() == 32;
                numbers.then(|| {
                    DecodingKey::from_ec_components(self.x.as_deref()?, self.y.as_deref()?).ok()
                })?
            }
            _ => {
                let x = bytes(&self.x)?;
                (x.len() == 32).then(|| DecodingKey::from_ed_components(self.x.as_deref()?).ok())?
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn set(keys: &Value) -> KeySet {
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn rsa(bytes: usize) -> String {
        let mut n = vec![0xff; bytes];
        n[0] = 0x80;
        URL_SAFE_NO_PAD.encode(n)
    }

    fn found(key: &Value, algorithm: Algorithm) -> bool {
        set(&json!([key])).find(key["kid"].as_str(), algorithm).is_some()
    }

    #[test]
    fn a_key_is_found_by_its_id_for_its_own_algorithm() {
        let x = URL_SAFE_NO_PAD.encode([9; 32]);
        let rsa = json!({ "kty": "RSA", "kid": "r", "n": rsa(256), "e": "AQAB", "use": "sig", "alg": "RS256" });
        let ec = json!({ "kty": "EC", "kid": "e", "crv": "P-256", "x": x, "y": x });
        let ed = json!({ "kty": "OKP", "kid": "d", "crv": "Ed25519", "x": x });
        for (key, own) in
            [(&rsa, Algorithm::RS256), (&ec, Algorithm::ES256), (&ed, Algorithm::EdDSA)]
        {
            for algorithm in ALGORITHMS {
                assert_eq!(found(key, algorithm), algorithm == own, "{key} {algorithm:?}");
            }
            for other in [Algorithm::HS256, Algorithm::RS384, Algorithm::PS256, Algorithm::ES384] {
                assert!(!found(key, other), "{key} {other:?}");
            }
        }
        let all = set(&json!([rsa, ec, ed, { "kty": "oct", "k": "AAAA" }]));
        assert!(
            all.find(Some("r"), Algorithm::RS256).is_some()
                && all.find(Some("other"), Algorithm::RS256).is_none()
        );
        assert!(all.find(None, Algorithm::RS256).is_some(), "there is one only");
        assert!(set(&json!([rsa, rsa])).find(None, Algorithm::RS256).is_none(), "which of both?");
    }

    #[test]
    fn what_can_not_be_a_key_is_none() {
        let x = URL_SAFE_NO_PAD.encode([9; 32]);
        let short = URL_SAFE_NO_PAD.encode([9; 31]);
        for (key, algorithm) in [
            (json!({ "kty": "RSA", "n": rsa(128), "e": "AQAB" }), Algorithm::RS256),
            (json!({ "kty": "RSA", "n": rsa(1024), "e": "AQAB" }), Algorithm::RS256),
            (json!({ "kty": "RSA", "n": rsa(256), "e": "AQ" }), Algorithm::RS256),
            (json!({ "kty": "RSA", "n": rsa(256), "e": "" }), Algorithm::RS256),
            (json!({ "kty": "RSA", "n": "", "e": "AQAB" }), Algorithm::RS256),
            (json!({ "kty": "RSA", "n": rsa(256), "e": "AQAB", "use": "enc" }), Algorithm::RS256),
            (json!({ "kty": "RSA" }), Algorithm::RS256),
            (json!({ "kty": "EC", "crv": "P-256", "x": short, "y": x }), Algorithm::ES256),
            (json!({ "kty": "EC", "crv": "P-384", "x": x, "y": x }), Algorithm::ES256),
            (json!({ "kty": "OKP", "crv": "Ed25519", "x": short }), Algorithm::EdDSA),
            (json!({ "kty": "OKP", "crv": "X25519", "x": x }), Algorithm::EdDSA),
        ] {
            assert!(!found(&key, algorithm), "{key}");
        }
        assert!(KeySet::read(b"{}").is_err() && KeySet::read(b"[]").is_err());
    }
}
