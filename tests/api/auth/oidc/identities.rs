//! `GET /api/v1/me/identities`, `POST /api/v1/me/identities/{provider}/start`, `POST` and `DELETE
//! /api/v1/me/identities/{provider}`

use std::time::Duration;

use builder_tests::oidc::Provider;
use builder_tests::{Answer, PASSWORD, User, Visitor};
use serde_json::{Value, json};

use super::{CALLBACK, callback, go, person, sign_in, somewhere};

const IDENTITIES: &str = "/api/v1/me/identities";
const GOOGLE: &str = "/api/v1/me/identities/google";
const START_LINK: &str = "/api/v1/me/identities/google/start";

/// Goes to the provider to link an identity, and comes back.
async fn go_linking(user: &User, provider: &Provider, person: &Value) -> Value {
    let started = user.command(START_LINK).await.expect(200);
    callback(
        &provider.agree(&started.text("authorizationUrl"), person),
        &started.text("flowSecret"),
    )
}

async fn link(user: &User, provider: &Provider, person: &Value) -> Answer {
    user.post(GOOGLE, &go_linking(user, provider, person).await).await
}

#[tokio::test]
async fn an_identity_is_linked_signs_in_and_is_unlinked() {
    let (stack, provider) = somewhere().await;
    let user = stack.user().await;
    let visitor = user.signed_out();
    let none = json!({ "data": [], "pagination": { "cursor": null, "hasMore": false } });
    assert_eq!(user.get(IDENTITIES).await.expect(200).json(), none);
    assert_eq!(user.get("/api/v1/me").await.expect(200).data()["hasPassword"], true);

    // Its address needs to be neither the account's nor verified: who is signed in here has shown
    // both.
    let elsewhere = json!({ "sub": "123", "email": "ada@elsewhere.example" });
    let linked = link(&user, &provider, &elsewhere).await.expect(200).data();
    assert_eq!(
        (&linked["provider"], &linked["email"]),
        (&json!("google"), &Value::Null),
        "an address that nobody verified is not kept"
    );
    assert_eq!(
        link(&user, &provider, &elsewhere).await.expect(200).data(),
        linked,
        "once more changes nothing"
    );
    assert_eq!(user.get(IDENTITIES).await.expect(200).data(), json!([linked]));
    visitor.mail(&user.email, "Another way to sign in").await;
    let answer = sign_in(&visitor, &provider, &elsewhere).await.expect(200);
    assert_eq!(visitor.signed_in(&user.email, &answer).id().await, user.id().await);

    link(&user, &provider, &json!({ "sub": "456" })).await.problem(409, "provider-linked");
    let other = stack.user().await;
    link(&other, &provider, &elsewhere).await.problem(409, "identity-taken");

    user.delete(GOOGLE).await.expect(204);
    user.delete(GOOGLE).await.problem(404, "not-found");
    visitor.mail(&user.email, "A way to sign in was removed").await;
    sign_in(&visitor, &provider, &elsewhere).await.problem(403, "email-not-verified");
    link(&other, &provider, &elsewhere).await.expect(200);
}

#[tokio::test]
async fn the_only_way_to_sign_in_stays() {
    let (stack, provider) = somewhere().await;
    let visitor = stack.visitor();
    let email = Visitor::fresh_email();
    let user =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    assert_eq!(user.get("/api/v1/me").await.expect(200).data()["hasPassword"], false);
    assert_eq!(user.get(IDENTITIES).await.expect(200).data()[0]["email"], json!(email));
    let answers =
        futures::future::join_all((0..4).map(|_| async { user.delete(GOOGLE).await })).await;
    for answer in answers {
        answer.problem(409, "last-sign-in");
    }

    visitor.post("/api/v1/auth/forgot-password", &json!({ "email": email })).await.expect(202);
    let token = visitor.mail(&email, "Reset your password").await.token();
    visitor
        .post("/api/v1/auth/reset-password", &json!({ "token": token, "password": PASSWORD }))
        .await
        .expect(204);
    let user = visitor.sign_in(&email, PASSWORD).await;
    assert_eq!(user.get("/api/v1/me").await.expect(200).data()["hasPassword"], true);
    user.delete(GOOGLE).await.expect(204);
    // The address is the account's, but who unlinked it didn't want it to sign in: only a session
    // links it again.
    for _ in 0..2 {
        sign_in(&visitor, &provider, &person(&email)).await.problem(409, "identity-unlinked");
    }
    let kept = format!("{:?}", stack.aws().items(builder_tests::aws::DATA_TABLE).await);
    assert!(!kept.contains(&format!("sub-of-{email}")), "who it was there is kept");
    link(&user, &provider, &person(&email)).await.expect(200);
    let again =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    assert_eq!(again.id().await, user.id().await);
}

#[tokio::test]
async fn a_flow_links_only_where_it_began() {
    let (stack, provider) = somewhere().await;
    let (ada, eve) = (stack.user().await, stack.user().await);
    let somebody = json!({ "sub": "123" });
    // Eve's identity must not get into Ada's account, nor Ada's into Eve's: a flow is one of its
    // session.
    let of_eve = go_linking(&eve, &provider, &somebody).await;
    ada.post(GOOGLE, &of_eve).await.problem(401, "invalid-flow");
    let elsewhere = eve.signed_out().sign_in(&eve.email, PASSWORD).await;
    elsewhere.post(GOOGLE, &of_eve).await.problem(401, "invalid-flow");
    // A flow to link signs nobody in, and one to sign in links nothing.
    eve.signed_out().post(CALLBACK, &of_eve).await.problem(401, "invalid-flow");
    let to_sign_in = go(&eve, &provider, &person(&eve.email)).await;
    eve.post(GOOGLE, &to_sign_in).await.problem(401, "invalid-flow");
    eve.post(GOOGLE, &of_eve).await.expect(200);
    eve.post(GOOGLE, &of_eve).await.problem(401, "invalid-flow");

    // A session that ends in between links nothing.
    let of_ada = go_linking(&ada, &provider, &json!({ "sub": "456" })).await;
    ada.command("/api/v1/auth/logout").await.expect(204);
    ada.post(GOOGLE, &of_ada).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn linking_needs_a_session_that_has_just_begun() {
    let (stack, provider) = somewhere().await;
    let user = stack.user().await;
    let again = user.signed_out().sign_in(&user.email, PASSWORD).await;
    stack.clock.advance(Duration::from_secs(600));
    let begun = go_linking(&again, &provider, &json!({ "sub": "123" })).await;
    stack.clock.advance(Duration::from_secs(1));
    user.command(START_LINK).await.problem(403, "sign-in-again");
    again.command(START_LINK).await.problem(403, "sign-in-again");
    again.post(GOOGLE, &begun).await.expect(200);
    user.delete(GOOGLE).await.expect(204);
}

#[tokio::test]
async fn of_two_accounts_that_link_one_identity_at_once_one_gets_it() {
    let (stack, provider) = somewhere().await;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(stack.user().await);
    }
    let somebody = json!({ "sub": "123" });
    let mut flows = Vec::new();
    for user in &people {
        flows.push(go_linking(user, &provider, &somebody).await);
    }
    let answers = futures::future::join_all(
        people.iter().zip(&flows).map(|(user, body)| async { user.post(GOOGLE, body).await }),
    )
    .await;
    let (got, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(got.len(), 1, "{refused:?}");
    for answer in refused {
        answer.problem(409, "identity-taken");
    }
}

#[tokio::test]
async fn an_erased_account_frees_its_identities() {
    let (stack, provider) = somewhere().await;
    let visitor = stack.visitor();
    let email = Visitor::fresh_email();
    let user =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    let id = user.id().await;
    stack.admin().await.delete(format!("/api/v1/users/{id}")).if_match("*").await.expect(204);
    let answer = sign_in(&visitor, &provider, &person(&email)).await.expect(200);
    assert_ne!(visitor.signed_in(&email, &answer).id().await, id, "a new account");
}
