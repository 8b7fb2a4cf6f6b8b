//! Valid and invalid access tokens.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_tests::{PASSWORD, Stack, User, aws, catalogue, token};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/me";

/// Returns a user, with the header and claims of its token, and the public key that verifies it.
async fn parts(stack: &Arc<Stack>) -> (User, Value, Value, String) {
    let user = stack.user().await;
    let (header, claims) = token::read(&user.tokens.access);
    let keys = user.get("/.well-known/jwks.json").await.expect(200).json();
    let public = keys["keys"][0]["x"].as_str().unwrap().to_owned();
    (user, header, claims, public)
}

async fn refused(user: &User, token: &str, why: &str) {
    let problem = user.with_token(token).get(PATH).await.problem(401, "unauthenticated");
    assert!(problem.answer.required("www-authenticate").contains("invalid_token"), "{why}");
}

fn changed(value: &Value, member: &str, to: impl Into<Value>) -> Value {
    let mut value = value.clone();
    value[member] = to.into();
    value
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    let stack = Stack::shared();
    let (user, header, claims, _) = parts(&stack).await;
    for alg in ["none", "None", "NONE", ""] {
        refused(&user, &token::forge(&changed(&header, "alg", alg), &claims, |_| Vec::new()), alg)
            .await;
    }
    let (message, signature) = user.tokens.access.rsplit_once('.').unwrap();
    refused(&user, message, "no signature").await;
    refused(&user, &format!("{message}."), "an empty signature").await;
    refused(
        &user,
        &format!("{message}.{}", signature.chars().rev().collect::<String>()),
        "another signature",
    )
    .await;
    user.get(PATH).await.expect(200);
}

#[tokio::test]
async fn hmac_with_the_public_key_is_refused() {
    let stack = Stack::shared();
    let (user, header, claims, public) = parts(&stack).await;
    for secret in [public.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&public).unwrap()] {
        refused(
            &user,
            &token::forge(&changed(&header, "alg", "HS256"), &claims, token::hmac(&secret)),
            "HS256",
        )
        .await;
    }
}

#[tokio::test]
async fn a_foreign_key_is_refused_whatever_the_header() {
    let stack = Stack::shared();
    let (user, header, claims, _) = parts(&stack).await;
    let (sign, public) = token::foreign_key();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": public, "kid": header["kid"] });
    for (header, why) in [
        (header.clone(), "with our key's ID"),
        (changed(&header, "kid", "foreign"), "with its own ID"),
        (changed(&header, "kid", "../../dev/null"), "with a path as ID"),
        (changed(&header, "kid", Value::Null), "without an ID"),
        (changed(&header, "jwk", jwk), "embedded as jwk"),
        (changed(&header, "jku", format!("{}/keys", stack.api_url)), "with a URL of keys"),
        (
            changed(&header, "x5u", format!("{}/certificate", stack.api_url)),
            "with a URL of a certificate",
        ),
        (changed(&header, "x5c", json!([public])), "with an embedded certificate"),
    ] {
        refused(&user, &token::forge(&header, &claims, &sign), why).await;
    }
}

#[tokio::test]
async fn a_signed_token_with_a_wrong_claim_is_refused() {
    let stack = Stack::shared();
    let (user, _, claims, _) = parts(&stack).await;
    let secret = stack.aws().secret(aws::SIGNING_SECRET).await;
    user.with_token(token::sign(&secret, &claims)).get(PATH).await.expect(200);
    let now = claims["iat"].as_i64().unwrap();
    for (member, value) in [
        ("iss", json!("https://evil.example.com")),
        ("aud", json!("another-api")),
        ("epoch", json!(claims["epoch"].as_u64().unwrap() + 1)),
        ("epoch", json!(0)),
        ("exp", json!(now - 10)),
        ("iat", json!(now + 600)),
        ("nbf", json!(now + 600)),
        ("sub", json!("usr_01h455vb4pex5vsknk084sn02q")),
    ] {
        refused(&user, &token::sign(&secret, &changed(&claims, member, value)), member).await;
    }
}

/// A token ends with the session that it names: replacing the session's ID is detected.
#[tokio::test]
async fn a_swapped_session_is_refused() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let ended = stack.visitor().sign_in(&user.email, PASSWORD).await;
    ended.command("/api/v1/auth/logout").await.expect(204);
    let [(_, own), (header, gone)] = [&user, &ended].map(|user| token::read(&user.tokens.access));
    refused(&ended, &ended.tokens.access, "the token of an ended session").await;
    let (_, signature) = ended.tokens.access.rsplit_once('.').unwrap();
    let with_old_signature = |claims: &Value| {
        let unsigned = token::forge(&header, claims, |_| Vec::new());
        format!("{unsigned}{signature}")
    };
    refused(
        &ended,
        &with_old_signature(&changed(&gone, "sid", own["sid"].clone())),
        "the ID of an active session without a new signature",
    )
    .await;
    let secret = stack.aws().secret(aws::SIGNING_SECRET).await;
    refused(
        &user,
        &token::sign(&secret, &changed(&own, "sid", gone["sid"].clone())),
        "the ID of an ended session, signed",
    )
    .await;
    user.get(PATH).await.expect(200);
}

#[tokio::test]
async fn the_role_in_a_token_gives_no_rights() {
    let stack = Stack::shared();
    let (user, _, claims, _) = parts(&stack).await;
    let secret = stack.aws().secret(aws::SIGNING_SECRET).await;
    let promoted = user.with_token(token::sign(&secret, &changed(&claims, "role", "admin")));
    promoted.post("/api/v1/products", &catalogue::product()).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_token_is_valid_for_an_hour() {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    stack.clock.advance(Duration::from_secs(3600));
    user.get(PATH).await.expect(200);
    stack.clock.advance(Duration::from_secs(6));
    refused(&user, &user.tokens.access, "expired").await;
}

#[tokio::test]
async fn a_header_without_a_bearer_token_gets_no_error_code() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let visitor = user.signed_out();
    for header in [
        "Bearer",
        "Basic YWRhOnNlY3JldA==",
        &user.tokens.access,
        &format!("Token {}", user.tokens.access),
    ] {
        let problem =
            visitor.get(PATH).header("authorization", header).await.problem(401, "unauthenticated");
        // RFC 6750, section 3.1: no error code if the request has no bearer token.
        assert_eq!(
            problem.answer.required("www-authenticate"),
            r#"Bearer realm="builder-api""#,
            "{header}"
        );
    }
    for header in [
        "Bearer x",
        "Bearer a.b.c",
        &format!("Bearer {}", "x".repeat(4000)),
        &format!("Bearer {}", user.tokens.refresh),
    ] {
        visitor.get(PATH).header("authorization", header).await.problem(401, "unauthenticated");
    }
    for header in
        [format!("bearer {}", user.tokens.access), format!("BEARER  {}", user.tokens.access)]
    {
        visitor.get(PATH).header("authorization", header).await.expect(200);
    }
}
