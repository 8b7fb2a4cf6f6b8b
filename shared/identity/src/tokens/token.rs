//! Whether to believe an access token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};

pub use crate::tokens::claims::{AUDIENCE, AccessClaims, LIFE};
pub use crate::tokens::public_keys::PublicKeys;
use builder_store::error::{Error, Result};
use builder_store::table::Table;

use crate::tokens::signing_key::{PublicKey, TOKEN_TYPE};

/// By how many seconds the clocks of two machines may differ.
const LEEWAY: i64 = 5;

/// Longer texts are no tokens of ours, and not worth decoding.
const MAX_LENGTH: usize = 2048;

/// Verifies an access token of `issuer`. Whether its session and account still stand is the guard's
/// to see.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is none, or no longer; as [`Table::call`] when its key had to
/// be read.
pub async fn verify(
    token: &str,
    issuer: &str,
    keys: &PublicKeys,
    table: &Table,
    now: Timestamp,
) -> Result<AccessClaims> {
    let kid = key_id(token)?;
    let key = keys
        .find(table, &kid)
        .await?
        .ok_or_else(|| refused("This access token is signed with an unknown key."))?;
    check(token, issuer, &key, now)
}

/// The id of the key that the token says it is signed with. Of the header nothing else is used:
/// keys or their addresses in it (`jwk`, `jku`, `x5u`, `x5c`) are the sender's and prove nothing.
fn key_id(token: &str) -> Result<String> {
    if token.len() > MAX_LENGTH {
        return Err(malformed());
    }
    let Header { alg, typ, crit, kid, .. } =
        jsonwebtoken::decode_header(token).map_err(|_| malformed())?;
    if alg != Algorithm::EdDSA || crit.is_some() || !typ.is_some_and(|typ| is_access_token(&typ)) {
        return Err(malformed());
    }
    kid.ok_or_else(malformed)
}

/// RFC 9068, section 4: compared without regard to case, with or without `application/`.
fn is_access_token(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == TOKEN_TYPE
}

fn check(token: &str, issuer: &str, key: &PublicKey, now: Timestamp) -> Result<AccessClaims> {
    // The library takes shorter keys for granted and would panic.
    if !matches!(URL_SAFE_NO_PAD.decode(&key.x), Ok(bytes) if bytes.len() == 32) {
        return Err(Error::internal(format!("the public key {} is not an Ed25519 key", key.kid)));
    }
    let decoding = DecodingKey::from_ed_components(&key.x).map_err(Error::internal)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The library asks the machine for the time; we ask our clock, below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = jsonwebtoken::decode::<AccessClaims>(token, &decoding, &validation)
        .map_err(|_| malformed())?
        .claims;

    let now = now.as_second();
    if claims.exp <= now - LEEWAY {
        return Err(refused("This access token has expired. Refresh it."));
    }
    if claims.iat.max(claims.nbf.unwrap_or(claims.iat)) > now + LEEWAY {
        return Err(refused("This access token is not valid yet."));
    }
    Ok(claims)
}

fn malformed() -> Error {
    refused("This is not an access token of this API.")
}

fn refused(detail: &'static str) -> Error {
    Error::Unauthenticated(detail.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SessionId;
    use crate::role::Role;
    use crate::tokens::signing_key::SigningKey;
    use builder_store::id::UserId;
    use jsonwebtoken::EncodingKey;
    use serde::Serialize;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://api.example.com";

    fn now() -> Timestamp {
        "2026-11-21T01:00:00Z".parse().unwrap()
    }

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(now().as_second() + seconds).unwrap()
    }

    fn key() -> SigningKey {
        SigningKey::derive("a secret of this test").unwrap()
    }

    fn claims() -> AccessClaims {
        AccessClaims::new(ISSUER, UserId::new(now()), SessionId::new(now()), 3, Role::User, now())
            .unwrap()
    }

    /// What the guard does, less the reading of the key.
    fn believe(token: &str, at: Timestamp) -> Result<AccessClaims> {
        let kid = key_id(token)?;
        if kid != key().public().kid {
            return Err(refused("unknown key"));
        }
        check(token, ISSUER, key().public(), at)
    }

    fn signed(header: &Value, claims: &impl Serialize, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(&serde_json::to_value(claims).unwrap()));
        let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn by_us(message: &[u8], key: &SigningKey) -> Vec<u8> {
        // Signed through the library with the header left out: only the message counts.
        let encoded = key.sign_bytes(message);
        URL_SAFE_NO_PAD.decode(encoded).unwrap()
    }

    #[test]
    fn a_token_of_ours_is_believed_for_an_hour() {
        let claims = claims();
        let token = key().sign(&claims).unwrap();
        assert_eq!(believe(&token, now()).unwrap(), claims);
        assert!(believe(&token, after(3600 + LEEWAY - 1)).is_ok());
        assert!(believe(&token, after(3600 + LEEWAY)).is_err());
        assert!(
            believe(&token, after(-LEEWAY)).is_ok() && believe(&token, after(-LEEWAY - 1)).is_err()
        );
    }

    #[test]
    fn the_header_is_that_of_rfc_9068() {
        let token = key().sign(&claims()).unwrap();
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key().public().kid}));
    }

    #[test]
    fn without_a_signature_nothing_is_believed() {
        for alg in ["none", "None", "NONE", ""] {
            let token = signed(
                &json!({"alg": alg, "typ": "at+jwt", "kid": key().public().kid}),
                &claims(),
                |_| Vec::new(),
            );
            assert!(believe(&token, now()).is_err(), "{alg}");
        }
        let token = key().sign(&claims()).unwrap();
        let (message, _) = token.rsplit_once('.').unwrap();
        assert!(
            believe(message, now()).is_err() && believe(&format!("{message}."), now()).is_err()
        );
    }

    #[test]
    fn the_public_key_is_no_hmac_secret() {
        for secret in [
            key().public().x.as_bytes().to_vec(),
            URL_SAFE_NO_PAD.decode(&key().public().x).unwrap(),
        ] {
            let mut header = Header::new(Algorithm::HS256);
            header.typ = Some(TOKEN_TYPE.to_owned());
            header.kid = Some(key().public().kid.clone());
            let token =
                jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&secret))
                    .unwrap();
            assert!(believe(&token, now()).is_err());
        }
    }

    #[test]
    fn another_key_is_refused_under_its_own_id_and_under_ours() {
        let other = SigningKey::derive("another secret").unwrap();
        assert!(believe(&other.sign(&claims()).unwrap(), now()).is_err());
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": key().public().kid});
        assert!(
            believe(&signed(&header, &claims(), |message| by_us(message, &key())), now()).is_ok(),
            "the test signs rightly"
        );
        assert!(
            believe(&signed(&header, &claims(), |message| by_us(message, &other)), now()).is_err()
        );
    }

    #[test]
    fn a_key_that_the_token_brings_along_is_not_used() {
        let other = SigningKey::derive("another secret").unwrap();
        let header = json!({
            "alg": "EdDSA", "typ": "at+jwt", "kid": key().public().kid, "jku": "https://evil.example/jwks", "x5u": "https://evil.example/x5",
            "jwk": {"kty": "OKP", "crv": "Ed25519", "x": other.public().x},
        });
        assert!(
            believe(&signed(&header, &claims(), |message| by_us(message, &other)), now()).is_err()
        );
        assert!(
            believe(&signed(&header, &claims(), |message| by_us(message, &key())), now()).is_ok(),
            "and does no harm either"
        );
    }

    #[test]
    fn another_kind_of_token_is_refused() {
        for header in [
            json!({"alg": "EdDSA", "kid": key().public().kid}),
            json!({"alg": "EdDSA", "typ": "JWT", "kid": key().public().kid}),
            json!({"alg": "EdDSA", "typ": "at+jwt"}),
            json!({"alg": "EdDSA", "typ": "at+jwt", "kid": key().public().kid, "crit": ["exp"]}),
        ] {
            assert!(
                believe(&signed(&header, &claims(), |message| by_us(message, &key())), now())
                    .is_err(),
                "{header}"
            );
        }
    }

    #[test]
    fn every_claim_must_be_right() {
        let right = serde_json::to_value(claims()).unwrap();
        let changed = |name: &str, value: Value| {
            let mut claims = right.clone();
            claims[name] = value;
            if claims[name].is_null() {
                claims.as_object_mut().unwrap().remove(name);
            }
            signed(
                &json!({"alg": "EdDSA", "typ": "at+jwt", "kid": key().public().kid}),
                &claims,
                |message| by_us(message, &key()),
            )
        };
        assert!(believe(&changed("jti", json!("x")), now()).is_ok());
        for (name, value) in [
            ("iss", json!("https://other.example.com")),
            ("aud", json!("other-api")),
            ("exp", json!(now().as_second() - 100)),
            ("nbf", json!(now().as_second() + 100)),
            ("iat", json!(now().as_second() + 100)),
            ("sub", json!("ord_01h455vb4pex5vsknk084sn02q")),
            ("role", json!("root")),
        ] {
            assert!(believe(&changed(name, value), now()).is_err(), "{name}");
        }
        for name in ["iss", "aud", "sub", "sid", "epoch", "role", "iat", "exp"] {
            assert!(believe(&changed(name, Value::Null), now()).is_err(), "without {name}");
        }
    }

    #[test]
    fn texts_that_are_no_tokens_are_refused() {
        for text in
            ["", ".", "..", "a.b.c", "bk_live_x", &"a".repeat(5000), "eyJhbGciOiJFZERTQSJ9.e30."]
        {
            assert!(believe(text, now()).is_err(), "{text}");
        }
    }
}
