//! `GET /api/v1/auth/oidc/providers`, `POST /api/v1/auth/oidc/{provider}/start`, `POST
//! /api/v1/auth/oidc/{provider}/callback`

mod identities;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use builder_tests::aws::{DATA_TABLE, EPHEMERAL_TABLE};
use builder_tests::oidc::{Provider, Returned};
use builder_tests::{Answer, Client, PASSWORD, Stack, Visitor, repository};
use serde_json::{Value, json};

use crate::auth::signing_keys::rotation::publish_no_key;

const START: &str = "/api/v1/auth/oidc/google/start";
const CALLBACK: &str = "/api/v1/auth/oidc/google/callback";

/// Starts a stack with a frozen clock, and a provider configured as `google`.
async fn somewhere() -> (Arc<Stack>, Provider) {
    let provider = Provider::start();
    let stack = provider.configure(Stack::own().frozen_clock(), "google").start();
    provider.join(&stack, "google").await;
    (stack, provider)
}

/// Returns the provider's claims of a person with a verified address.
fn person(email: &str) -> Value {
    json!({ "sub": format!("sub-of-{email}"), "email": email, "email_verified": true, "name": "Grace Hopper" })
}

/// Returns the callback's body: the parameters that the browser came back with, and the flow's
/// secret.
fn callback(returned: &Returned, secret: &str) -> Value {
    json!({ "code": returned.code, "state": returned.state, "flowSecret": secret })
}

/// Starts a flow, signs in at the provider, and returns the body of the callback.
async fn go(client: &Client, provider: &Provider, person: &Value) -> Value {
    let started = client.post(START, &json!({})).await.expect(200);
    callback(
        &provider.agree(&started.text("authorizationUrl"), person),
        &started.text("flowSecret"),
    )
}

/// Signs in with the provider.
async fn sign_in(client: &Client, provider: &Provider, person: &Value) -> Answer {
    client.post(CALLBACK, &go(client, provider, person).await).await
}

#[tokio::test]
async fn a_new_verified_address_gets_an_account_without_password() {
    let (stack, provider) = somewhere().await;
    publish_no_key(&stack).await;
    let visitor = stack.visitor();
    assert_eq!(
        visitor.get("/api/v1/auth/oidc/providers").await.expect(200).data(),
        json!([{ "name": "google" }])
    );
    let email = Visitor::fresh_email();

    let answer = sign_in(&visitor, &provider, &person(&email)).await.expect(200);
    let user = visitor.signed_in(&email, &answer);
    let me = user.get("/api/v1/me").await.expect(200).data();
    assert_eq!(
        (&me["email"], &me["name"], &me["role"]),
        (&json!(email), &json!("Grace Hopper"), &json!("user"))
    );
    user.post("/api/v1/auth/refresh", &json!({ "refreshToken": user.tokens.refresh }))
        .await
        .expect(200);

    // A second sign-in gets the same account, even if the provider's address and name have changed.
    let moved = json!({ "sub": format!("sub-of-{email}"), "email": "other@example.com", "email_verified": false });
    let again = visitor.signed_in(&email, &sign_in(&visitor, &provider, &moved).await.expect(200));
    assert_eq!(again.id().await, user.id().await);

    // Without a password, password sign-in and password change are refused, but a reset can set
    // one.
    visitor.login(&email, PASSWORD).await.problem(401, "invalid-credentials");
    let change =
        json!({ "currentPassword": PASSWORD, "newPassword": "another horse, another battery" });
    user.post("/api/v1/auth/change-password", &change).await.problem(409, "no-password");
    visitor.register(&email).await.expect(202);
    visitor.mail(&email, "You already have an account").await;
    visitor.post("/api/v1/auth/forgot-password", &json!({ "email": email })).await.expect(202);
    let token = visitor.mail(&email, "Reset your password").await.token();
    visitor
        .post("/api/v1/auth/reset-password", &json!({ "token": token, "password": PASSWORD }))
        .await
        .expect(204);
    let by_password = visitor.sign_in(&email, PASSWORD).await.id().await;
    let by_provider =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    assert_eq!(by_password, by_provider.id().await);

    let kept = format!(
        "{:?}",
        [stack.aws().items(DATA_TABLE).await, stack.aws().items(EPHEMERAL_TABLE).await].concat()
    );
    for token in ["code-", "of_", &user.tokens.refresh] {
        assert!(!kept.contains(token), "{token} is stored");
    }
}

#[tokio::test]
async fn an_existing_account_is_linked_and_its_owner_notified() {
    let (stack, provider) = somewhere().await;
    let user = stack.user().await;
    let visitor = user.signed_out();
    let answer =
        sign_in(&visitor, &provider, &person(&user.email.to_uppercase())).await.expect(200);
    assert_eq!(visitor.signed_in(&user.email, &answer).id().await, user.id().await);
    let mail = visitor.mail(&user.email, "Another way to sign in").await;
    assert!(mail.text.contains("google"), "{mail:?}");
    visitor.sign_in(&user.email, PASSWORD).await;

    // The provider has reassigned the address to another person: addresses can be reassigned,
    // subjects can't.
    let recycled = json!({ "sub": "another", "email": user.email, "email_verified": true });
    sign_in(&visitor, &provider, &recycled).await.problem(409, "provider-linked");
}

#[tokio::test]
async fn a_provider_sign_in_takes_over_a_pending_registration() {
    let (stack, provider) = somewhere().await;
    // Eve has registered Grace's address in advance.
    let (eve, visitor, email) = (stack.visitor(), stack.visitor(), Visitor::fresh_email());
    eve.register(&email).await.expect(202);
    let link = visitor.mail(&email, "verify").await.token();
    let grace =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    let me = grace.get("/api/v1/me").await.expect(200).data();
    assert_eq!(
        (&me["email"], &me["name"], &me["role"]),
        (&json!(email), &json!("Grace Hopper"), &json!("user"))
    );

    // The link can't set a password any more, even for somebody who can read the mail.
    eve.verify(&link).await.problem(409, "already-verified");
    eve.login(&email, PASSWORD).await.problem(401, "invalid-credentials");
    grace.get("/api/v1/me").await.expect(200);
    let again =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    assert_eq!(again.id().await, grace.id().await);
}

#[tokio::test]
async fn an_address_not_verified_by_the_provider_is_refused() {
    let (stack, provider) = somewhere().await;
    let user = stack.user().await;
    let visitor = stack.visitor();
    for email in [user.email.clone(), Visitor::fresh_email()] {
        for changes in [
            json!({ "email_verified": false }),
            json!({ "email_verified": null }),
            json!({ "email": null }),
        ] {
            let mut somebody = person(&email);
            somebody.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            sign_in(&visitor, &provider, &somebody).await.problem(403, "email-not-verified");
        }
    }
}

#[tokio::test]
async fn provider_sign_in_respects_status_and_second_factor() {
    let (stack, provider) = somewhere().await;
    let visitor = stack.visitor();
    let (email, other) = (Visitor::fresh_email(), stack.user().await);
    let user =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    let admin = stack.admin().await;
    for (id, email) in [(user.id().await, &email), (other.id().await, &other.email)] {
        let path = format!("/api/v1/users/{id}");
        admin.patch(&path, &json!({ "status": "disabled" })).if_match("*").await.expect(200);
        sign_in(&visitor, &provider, &person(email)).await.problem(403, "account-disabled");
        admin.patch(&path, &json!({ "status": "active" })).if_match("*").await.expect(200);
    }

    // An account that is already linked, and one that this sign-in links.
    for (linked, email) in [(true, &email), (false, &other.email)] {
        let user = if linked {
            visitor
                .signed_in(email, &sign_in(&visitor, &provider, &person(email)).await.expect(200))
        } else {
            visitor.sign_in(email, PASSWORD).await
        };
        let app = super::second_factor::enrol(&stack, &user).await;
        for _ in 0..2 {
            stack.clock.advance(Duration::from_secs(30));
            let answer = sign_in(&visitor, &provider, &person(email)).await.expect(200);
            assert!(
                answer.data()["secondFactorRequired"] == true
                    && answer.data().get("accessToken").is_none(),
                "{}",
                answer.data()
            );
            let body = json!({ "challenge": answer.text("challenge"), "code": app.code(&stack) });
            visitor.post("/api/v1/auth/login/second-factor", &body).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_flow_is_valid_once_for_ten_minutes_in_its_browser() {
    let (stack, provider) = somewhere().await;
    let (eve, ada) = (stack.visitor(), stack.visitor());
    let email = Visitor::fresh_email();

    // Eve has signed in at the provider and makes Ada follow her callback link: Ada's browser has
    // another secret, or none.
    let of_eve = go(&eve, &provider, &person(&email)).await;
    let of_ada = ada.post(START, &json!({})).await.expect(200).text("flowSecret");
    for secret in [of_ada.as_str(), "of_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "nonsense"] {
        let mut body = of_eve.clone();
        body["flowSecret"] = json!(secret);
        ada.post(CALLBACK, &body).await.problem(401, "invalid-flow");
    }
    let without = json!({ "code": of_eve["code"], "state": of_eve["state"] });
    ada.post(CALLBACK, &without).await.problem(422, "invalid-request").at(&["/flowSecret"]);

    // Eve's code in Ada's flow: the provider compares it with the flow's PKCE challenge.
    let mut injected = go(&ada, &provider, &person(&Visitor::fresh_email())).await;
    injected["code"] = of_eve["code"].clone();
    ada.post(CALLBACK, &injected).await.problem(401, "sign-in-refused");
    ada.post(CALLBACK, &injected).await.problem(401, "invalid-flow");

    let mut elsewhere = of_eve.clone();
    elsewhere["state"] = json!("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    eve.post(CALLBACK, &elsewhere).await.problem(401, "invalid-flow");
    let mut mixed_up = of_eve.clone();
    mixed_up["iss"] = json!("https://other.example");
    eve.post(CALLBACK, &mixed_up).await.problem(401, "invalid-flow");
    let asked = provider.asked("/token");
    eve.post(CALLBACK, &of_eve).await.expect(200);
    eve.post(CALLBACK, &of_eve).await.problem(401, "invalid-flow");
    assert_eq!(provider.asked("/token"), asked + 1, "a used flow calls no provider");

    let expired = go(&eve, &provider, &person(&email)).await;
    stack.clock.advance(Duration::from_secs(600));
    eve.post(CALLBACK, &expired).await.problem(401, "invalid-flow");
    let in_time = go(&eve, &provider, &person(&email)).await;
    stack.clock.advance(Duration::from_secs(599));
    provider.behave(|does| {
        does.tamper =
            Box::new(|claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 3600))
    });
    eve.post(CALLBACK, &in_time).await.expect(200);
}

#[tokio::test]
async fn concurrent_callbacks_use_a_code_once() {
    let (stack, provider) = somewhere().await;
    let visitor = stack.visitor();
    let email = Visitor::fresh_email();
    let body = go(&visitor, &provider, &person(&email)).await;
    let answers =
        futures::future::join_all((0..8).map(|_| async { visitor.post(CALLBACK, &body).await }))
            .await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
    assert_eq!(provider.asked("/token"), 1);

    // Concurrent flows of one person without an account create one account.
    let email = Visitor::fresh_email();
    let somebody = person(&email);
    let flows = futures::future::join_all((0..6).map(|_| go(&visitor, &provider, &somebody))).await;
    let answers = futures::future::join_all(
        flows.iter().map(|body| async { visitor.post(CALLBACK, body).await.expect(200) }),
    )
    .await;
    let ids = futures::future::join_all(
        answers.iter().map(|answer| async { visitor.signed_in(&email, answer).id().await }),
    )
    .await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn redirects_stay_within_the_application() {
    let provider = Provider::start();
    let setup = provider
        .configure(Stack::own().frozen_clock(), "google")
        .parameter("AppUrl", "https://shop.example/app");
    let stack = setup.start();
    provider.join(&stack, "google").await;
    let visitor = stack.visitor();
    for (wanted, place) in [
        ("/orders?x=1", "https://shop.example/orders?x=1"),
        ("https://shop.example/a", "https://shop.example/a"),
    ] {
        let started = visitor.post(START, &json!({ "returnTo": wanted })).await.expect(200);
        let url = started.text("authorizationUrl");
        assert!(
            url.contains(
                "redirect_uri=https%3A%2F%2Fshop.example%2Fapp%2Foidc%2Fgoogle%2Fcallback"
            ),
            "{url}"
        );
        assert!(!url.contains(&started.text("flowSecret")) && started.data()["expiresIn"] == 600);
        let body = callback(
            &provider.agree(&url, &person(&Visitor::fresh_email())),
            &started.text("flowSecret"),
        );
        assert_eq!(visitor.post(CALLBACK, &body).await.expect(200).text("returnTo"), place);
    }
    for wanted in [
        "https://evil.example/",
        "//evil.example",
        r"/\evil.example",
        "javascript:alert(1)",
        "https://shop.example@evil.example/",
    ] {
        visitor
            .post(START, &json!({ "returnTo": wanted }))
            .await
            .problem(422, "invalid-request")
            .at(&["/returnTo"]);
    }
    for name in ["github", "Google", "google%2F"] {
        visitor
            .post(format!("/api/v1/auth/oidc/{name}/start"), &json!({}))
            .await
            .problem(404, "not-found");
    }
}

#[tokio::test]
async fn there_are_no_providers_by_default() {
    let visitor = Stack::shared().visitor();
    let none = json!({ "data": [], "pagination": { "cursor": null, "hasMore": false } });
    assert_eq!(visitor.get("/api/v1/auth/oidc/providers").await.expect(200).json(), none);
    visitor.post(START, &json!({})).await.problem(404, "not-found");
}

#[tokio::test]
async fn configuration_errors_are_reported_at_startup() {
    for (providers, message) in [
        (
            r#"[{"name":"google","issuer":"http://accounts.google.com","clientId":"x"}]"#,
            r#"the provider "google": issuer must be an https URL"#,
        ),
        ("google", "expected value at line 1 column 1"),
    ] {
        let mut options = builder_local::Options::in_memory(repository(), builder_tests::functions);
        options.parameters.insert("OidcProviders".to_owned(), providers.to_owned());
        let error = builder_local::Stack::start(options).await.err().expect("no start");
        let line = format!("{error:#}");
        assert!(
            line.contains("OidcProviders") && line.contains(message) && !line.contains('\n'),
            "{line}"
        );
    }
}
