use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;

const NOW: Seconds = 1_800_000_000;
const EXPECTED: Expected<'_> = Expected {
    issuer: "https://a.example",
    client_id: "us",
    nonce: "the nonce",
    began_at: NOW - 300,
};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn public() -> String {
    URL_SAFE_NO_PAD.encode(key().verifying_key().as_bytes())
}

fn keys() -> KeySet {
    KeySet::read(
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": public() }] })
            .to_string()
            .as_bytes(),
    )
    .unwrap()
}

fn claims() -> Value {
    json!({
        "iss": "https://a.example", "sub": "248289761001", "aud": "us", "nonce": "the nonce", "iat": NOW - 10, "exp": NOW + 300,
        "email": "Ada@Example.com", "email_verified": true, "name": " Ada Lovelace ",
    })
}

fn with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn token(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn by_key(message: &[u8]) -> Vec<u8> {
    key().sign(message).to_bytes().to_vec()
}

fn believed(claims: &Value) -> Result<Claims, &'static str> {
    verify(&token(&json!({ "alg": "EdDSA", "kid": "1" }), claims, by_key), &keys(), &EXPECTED, NOW)
}

#[test]
fn a_right_token_says_who_it_is() {
    let read = believed(&claims()).unwrap();
    assert_eq!(
        (read.iss.as_str(), read.sub.as_str(), read.name()),
        ("https://a.example", "248289761001", Some("Ada Lovelace"))
    );
    assert_eq!(read.verified_email().unwrap().as_str(), "ada@example.com");
    assert!(!format!("{read:?}").contains("248289761001"));
    for changes in [
        json!({ "aud": ["us"] }),
        json!({ "aud": ["other", "us"], "azp": "us" }),
        json!({ "azp": "us" }),
        json!({ "exp": NOW - 59 }),
        json!({ "iat": NOW + 60 }),
        json!({ "iat": NOW - 360 }),
        json!({ "nbf": NOW }),
    ] {
        assert!(believed(&with(&changes)).is_ok(), "{changes}");
    }
}

#[test]
fn every_claim_must_be_right() {
    for (changes, why) in [
        (json!({ "iss": "https://b.example" }), "issuer"),
        (json!({ "iss": "https://a.example/" }), "issuer"),
        (json!({ "aud": "other" }), "for another client"),
        (json!({ "aud": [] }), "for another client"),
        (json!({ "aud": ["us", "other"] }), "issued to another"),
        (json!({ "aud": ["us", "other"], "azp": "other" }), "issued to another"),
        (json!({ "azp": "other" }), "issued to another"),
        (json!({ "exp": NOW - 60 }), "expired"),
        (json!({ "iat": NOW + 61 }), "not valid yet"),
        (json!({ "nbf": NOW + 61 }), "not valid yet"),
        (json!({ "iat": NOW - 361 }), "older than the flow"),
        (json!({ "nonce": "another" }), "another flow"),
        (json!({ "nonce": null }), "another flow"),
        (json!({ "sub": "" }), "subject"),
        (json!({ "sub": "x".repeat(256) }), "subject"),
        (json!({ "sub": 7 }), "claims"),
        (json!({ "exp": null }), "claims"),
        (json!({ "iat": null }), "claims"),
        (json!({ "aud": null }), "claims"),
        (json!({ "exp": "soon" }), "claims"),
    ] {
        let refusal = believed(&with(&changes)).unwrap_err();
        assert!(refusal.contains(why), "{changes}: {refusal}");
    }
}

#[test]
fn an_address_counts_only_when_it_is_said_to_be_verified() {
    for (changes, verified) in [
        (json!({ "email_verified": true }), true),
        (json!({ "email_verified": "true" }), true),
        (json!({ "email_verified": false }), false),
        (json!({ "email_verified": "false" }), false),
        (json!({ "email_verified": 1 }), false),
        (json!({ "email_verified": null }), false),
        (json!({ "email_verified": ["true"] }), false),
        (json!({ "email": null }), false),
        (json!({ "email": "nonsense" }), false),
    ] {
        assert_eq!(
            believed(&with(&changes)).unwrap().verified_email().is_some(),
            verified,
            "{changes}"
        );
    }
    let mut silent = claims();
    silent.as_object_mut().unwrap().remove("email_verified");
    assert!(believed(&silent).unwrap().verified_email().is_none(), "saying nothing is not enough");
    assert_eq!(believed(&with(&json!({ "name": "<b>Ada</b>" }))).unwrap().name(), None);
}

#[test]
fn only_a_signature_by_a_key_of_the_provider_counts() {
    let check = |token: &str| verify(token, &keys(), &EXPECTED, NOW);
    let eddsa = |kid: Value| json!({ "alg": "EdDSA", "kid": kid });
    assert!(
        check(&token(&json!({ "alg": "EdDSA" }), &claims(), by_key)).is_ok(),
        "there is one key only"
    );
    let foreign =
        |message: &[u8]| SigningKey::from_bytes(&[8; 32]).sign(message).to_bytes().to_vec();
    assert!(check(&token(&eddsa(json!("1")), &claims(), foreign)).is_err());
    assert!(
        check(&token(&eddsa(json!("2")), &claims(), by_key)).unwrap_err().contains("unknown key")
    );
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        assert!(
            check(&token(&json!({ "alg": alg, "kid": "1" }), &claims(), |_| Vec::new())).is_err(),
            "{alg}"
        );
    }
    let unsigned = token(&eddsa(json!("1")), &claims(), |_| Vec::new());
    assert!(check(&unsigned).is_err() && check(unsigned.trim_end_matches('.')).is_err());
    for secret in [public().into_bytes(), key().verifying_key().as_bytes().to_vec()] {
        let hmac = |message: &[u8]| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        };
        assert!(
            check(&token(&json!({ "alg": "HS256", "kid": "1" }), &claims(), hmac))
                .unwrap_err()
                .contains("algorithm")
        );
    }
    let own = URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes());
    let brought =
        json!({ "alg": "EdDSA", "kid": "1", "jwk": { "kty": "OKP", "crv": "Ed25519", "x": own } });
    assert!(
        check(&token(&brought, &claims(), foreign)).is_err(),
        "a key that the token brings along is not used"
    );
    let critical = json!({ "alg": "EdDSA", "kid": "1", "crit": ["b64"] });
    assert!(check(&token(&critical, &claims(), by_key)).unwrap_err().contains("extension"));
    for text in ["", "a.b.c", ".", &"a".repeat(20_000)] {
        assert!(check(text).is_err());
    }
}
