//! Validation of a provider's tokens and responses.

use std::time::Duration;

use builder_store::Clock as _;
use builder_tests::Visitor;
use builder_tests::oidc::{CLIENT_ID, Key, Signing};
use serde_json::{Value, json};

use super::{CALLBACK, START, go, person, sign_in, somewhere};

#[tokio::test]
async fn only_the_providers_published_keys_are_accepted() {
    let (stack, provider) = somewhere().await;
    let visitor = stack.visitor();
    let email = Visitor::fresh_email();
    sign_in(&visitor, &provider, &person(&email)).await.expect(200);
    for signing in [
        Signing::None,
        Signing::HmacOfPublic(Key::Rsa1),
        Signing::Under(Key::Rsa2, Key::Rsa1),
        Signing::With(Key::Rsa2),
    ] {
        provider.behave(|does| does.signing = signing);
        sign_in(&visitor, &provider, &person(&email)).await.problem(401, "sign-in-refused");
    }

    // After a rotation, the keys are read again when a new key appears, but not for every token.
    provider.behave(|does| does.published = vec![Key::Rsa2, Key::Ec, Key::Ed]);
    let asked = provider.asked("/jwks");
    for _ in 0..3 {
        sign_in(&visitor, &provider, &person(&email)).await.problem(401, "sign-in-refused");
    }
    assert_eq!(provider.asked("/jwks"), asked, "the keys were read less than ten seconds ago");
    stack.clock.advance(Duration::from_secs(10));
    for key in [Key::Rsa2, Key::Ec, Key::Ed] {
        provider.behave(|does| does.signing = Signing::With(key));
        sign_in(&visitor, &provider, &person(&email)).await.expect(200);
    }
    assert_eq!(provider.asked("/jwks"), asked + 1);

    // The old key is dropped within an hour.
    provider.behave(|does| {
        does.published = vec![Key::Rsa1];
        does.signing = Signing::With(Key::Rsa2);
    });
    sign_in(&visitor, &provider, &person(&email)).await.expect(200);
    stack.clock.advance(Duration::from_secs(3600));
    sign_in(&visitor, &provider, &person(&email)).await.problem(401, "sign-in-refused");
}

#[tokio::test]
async fn every_claim_is_validated() {
    let (stack, provider) = somewhere().await;
    let email = Visitor::fresh_email();
    let now = stack.clock.now().as_second();
    for (name, value) in [
        ("iss", json!("https://accounts.google.com")),
        ("aud", json!("another client")),
        ("aud", json!([CLIENT_ID, "another client"])),
        ("azp", json!("another client")),
        ("nonce", json!("of another flow")),
        ("nonce", Value::Null),
        ("exp", json!(now - 3600)),
        ("exp", Value::Null),
        ("iat", json!(now + 3600)),
        ("iat", json!(now - 3600)),
        ("nbf", json!(now + 3600)),
        ("sub", json!("")),
        ("sub", Value::Null),
    ] {
        let changed = value.clone();
        provider
            .behave(|does| does.tamper = Box::new(move |claims| claims[name] = changed.clone()));
        // One visitor per claim, because failures count per network.
        let problem = sign_in(&stack.visitor(), &provider, &person(&email))
            .await
            .problem(401, "sign-in-refused");
        let text = problem.body.to_string();
        assert!(!text.contains(&email) && !text.contains("eyJ"), "{name} {value}: {text}");
    }
    provider.behave(|does| {
        does.tamper = Box::new(|claims| {
            claims["aud"] = json!([CLIENT_ID, "another client"]);
            claims["azp"] = json!(CLIENT_ID);
        });
    });
    sign_in(&stack.visitor(), &provider, &person(&email)).await.expect(200);
}

#[tokio::test]
async fn invalid_provider_responses_return_503() {
    let (stack, provider) = somewhere().await;
    let visitor = stack.visitor();
    let email = Visitor::fresh_email();
    let discovery = "/.well-known/openid-configuration";
    let large = format!("{{\"issuer\":\"{}\"}}", "x".repeat(300_000));
    let foreign = json!({ "issuer": "https://other.example", "authorization_endpoint": "https://other.example/a",
                          "token_endpoint": "https://other.example/t", "jwks_uri": "https://other.example/j" });
    for (status, body) in [
        (500, "{}".to_owned()),
        (200, "<html>".to_owned()),
        (200, large),
        (200, foreign.to_string()),
        (302, format!("{}/other", provider.issuer)),
    ] {
        provider.behave(|does| drop(does.instead.insert(discovery, (status, body))));
        let problem = visitor.post(START, &json!({})).await.problem(503, "provider-unavailable");
        assert!(problem.answer.header("retry-after").is_some());
    }
    assert_eq!(provider.asked("/other"), 0, "redirects are not followed");
    provider.behave(|does| does.instead.clear());
    let asked = provider.asked(discovery);
    for (path, status, body) in [
        ("/token", 503, "{}"),
        ("/token", 200, "{}"),
        ("/token", 200, r#"{"id_token":7}"#),
        ("/jwks", 404, "{}"),
        ("/jwks", 200, "[]"),
    ] {
        let back = go(&visitor, &provider, &person(&email)).await;
        provider.behave(|does| drop(does.instead.insert(path, (status, body.to_owned()))));
        visitor.post(CALLBACK, &back).await.problem(503, "provider-unavailable");
        visitor.post(CALLBACK, &back).await.problem(401, "invalid-flow");
        provider.behave(|does| does.instead.clear());
    }
    assert!(
        provider.asked(discovery) <= asked + 2,
        "each instance reads the discovery document once an hour"
    );

    // A provider that doesn't respond times out after four seconds.
    let back = go(&visitor, &provider, &person(&email)).await;
    provider.behave(|does| does.silent = Some("/token"));
    let started = std::time::Instant::now();
    visitor.post(CALLBACK, &back).await.problem(503, "provider-unavailable");
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
    provider.behave(|does| does.silent = None);
    sign_in(&visitor, &provider, &person(&email)).await.expect(200);
}

#[tokio::test]
async fn the_client_authenticates_with_the_providers_method() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let (stack, provider) = somewhere().await;
        provider.behave(|does| does.methods = vec![method]);
        sign_in(&stack.visitor(), &provider, &person(&Visitor::fresh_email())).await.expect(200);
    }
    // A wrong or missing secret is our configuration error, which visitors can't correct.
    for secrets in [json!({ "google": "wrong" }), json!({}), json!([])] {
        let (stack, provider) = somewhere().await;
        stack.aws().put_secret("builder/dev/oidc", &secrets.to_string()).await;
        let problem = sign_in(&stack.visitor(), &provider, &person(&Visitor::fresh_email()))
            .await
            .problem(500, "internal-error");
        assert!(!problem.body.to_string().contains("secret"), "{}", problem.body);
    }
}

#[tokio::test]
async fn an_address_missing_from_the_token_is_read_from_userinfo() {
    let (stack, provider) = somewhere().await;
    provider.behave(|does| does.in_userinfo = true);
    let visitor = stack.visitor();
    let email = Visitor::fresh_email();
    let user =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    let me = user.get("/api/v1/me").await.expect(200).data();
    assert_eq!((&me["email"], &me["name"]), (&json!(email), &json!("Grace Hopper")));

    let claims =
        |sub: &str| json!({ "sub": sub, "email": email, "email_verified": true }).to_string();
    for (status, body, problem) in [
        (200, claims("somebody-else"), (401, "sign-in-refused")),
        (401, claims("x"), (503, "provider-unavailable")),
        (200, "{}".to_owned(), (503, "provider-unavailable")),
    ] {
        provider.behave(|does| drop(does.instead.insert("/userinfo", (status, body))));
        sign_in(&visitor, &provider, &person(&email)).await.problem(problem.0, problem.1);
    }
}
