//! `GET /api/v1/me/identities`, `POST /api/v1/me/identities/{provider}/start`, `POST` and `DELETE
//! /api/v1/me/identities/{provider}`

use std::time::Duration;

use builder_tests::aws::DATA_TABLE;
use builder_tests::oidc::Provider;
use builder_tests::{Answer, PASSWORD, User, Visitor};
use serde_json::{Value, json};

use super::{CALLBACK, callback, go, person, sign_in, somewhere};
use crate::users::erase::restore;

const IDENTITIES: &str = "/api/v1/me/identities";
const GOOGLE: &str = "/api/v1/me/identities/google";
const START_LINK: &str = "/api/v1/me/identities/google/start";

/// Completes the provider's part of linking an identity, and returns the body of the callback.
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

    // The identity's address may differ from the account's and be unverified: the user is already
    // signed in to both.
    let elsewhere = json!({ "sub": "123", "email": "ada@elsewhere.example" });
    let linked = link(&user, &provider, &elsewhere).await.expect(200).data();
    assert_eq!(
        (&linked["provider"], &linked["email"]),
        (&json!("google"), &Value::Null),
        "an unverified address is not stored"
    );
    assert_eq!(
        link(&user, &provider, &elsewhere).await.expect(200).data(),
        linked,
        "linking again changes nothing"
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
async fn the_only_way_to_sign_in_cannot_be_removed() {
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
    // The address is the account's, but the identity was unlinked on purpose: it can only be linked
    // again from a session.
    for _ in 0..2 {
        sign_in(&visitor, &provider, &person(&email)).await.problem(409, "identity-unlinked");
    }
    let kept = format!("{:?}", stack.aws().items(builder_tests::aws::DATA_TABLE).await);
    assert!(!kept.contains(&format!("sub-of-{email}")), "the identity's subject is still stored");
    link(&user, &provider, &person(&email)).await.expect(200);
    let again =
        visitor.signed_in(&email, &sign_in(&visitor, &provider, &person(&email)).await.expect(200));
    assert_eq!(again.id().await, user.id().await);
}

#[tokio::test]
async fn a_flow_links_only_in_its_own_session() {
    let (stack, provider) = somewhere().await;
    let (ada, eve) = (stack.user().await, stack.user().await);
    let somebody = json!({ "sub": "123" });
    // A flow is bound to its session, so that Eve's identity can't be linked to Ada's account or
    // vice versa.
    let of_eve = go_linking(&eve, &provider, &somebody).await;
    ada.post(GOOGLE, &of_eve).await.problem(401, "invalid-flow");
    let elsewhere = eve.signed_out().sign_in(&eve.email, PASSWORD).await;
    elsewhere.post(GOOGLE, &of_eve).await.problem(401, "invalid-flow");
    // A linking flow can't be used to sign in, and a sign-in flow can't be used to link.
    eve.signed_out().post(CALLBACK, &of_eve).await.problem(401, "invalid-flow");
    let to_sign_in = go(&eve, &provider, &person(&eve.email)).await;
    eve.post(GOOGLE, &to_sign_in).await.problem(401, "invalid-flow");
    eve.post(GOOGLE, &of_eve).await.expect(200);
    eve.post(GOOGLE, &of_eve).await.problem(401, "invalid-flow");

    // A session that has ended meanwhile can't link.
    let of_ada = go_linking(&ada, &provider, &json!({ "sub": "456" })).await;
    ada.command("/api/v1/auth/logout").await.expect(204);
    ada.post(GOOGLE, &of_ada).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn linking_requires_a_recent_session() {
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
async fn concurrent_links_of_one_identity_succeed_once() {
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
async fn an_admin_restored_by_an_identity_counts_again() {
    let (stack, provider) = somewhere().await;
    let (admin, user) = (stack.sign_in_admin().await, stack.user().await);
    let path = format!("/api/v1/users/{}", user.id().await);
    admin.patch(&path, &json!({ "role": "admin" })).if_match("*").await.expect(200);
    let (visitor, email) = (user.signed_out(), user.email);
    let with_identity = async || {
        let answer = sign_in(&visitor, &provider, &person(&email)).await.expect(200);
        visitor.signed_in(&email, &answer)
    };
    // A session's data is deleted a day after its end, at the next sign-in.
    with_identity().await.command("/api/v1/auth/logout").await.expect(204);
    stack.clock.advance(Duration::from_secs(48 * 3600));
    let user = with_identity().await;
    user.delete("/api/v1/me").if_match("*").await.expect(202);
    let admin = stack.sign_in_admin().await;
    admin.delete("/api/v1/me").if_match("*").await.problem(409, "last-admin");
    with_identity().await.get("/api/v1/settings").await.expect(200);
    admin.delete("/api/v1/me").if_match("*").await.expect(202);
}

#[tokio::test]
async fn a_deleted_account_frees_its_identities() {
    let (stack, provider) = somewhere().await;
    let user = stack.user().await;
    link(&user, &provider, &json!({ "sub": "123" })).await.expect(200);
    user.delete("/api/v1/me").if_match("*").await.expect(202);
    stack.clock.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(stack.invoke("delete-accounts", json!({})).await.unwrap()["deleted"], 1);
    let other = stack.user().await;
    link(&other, &provider, &json!({ "sub": "123" })).await.expect(200);
}

#[tokio::test]
async fn undoing_an_address_change_frees_later_identities() {
    let (stack, provider) = somewhere().await;
    let user = stack.user().await;
    let (visitor, taken) = (user.signed_out(), Visitor::fresh_email());
    user.post("/api/v1/me/email-change", &json!({ "email": taken })).await.expect(202);
    let token = visitor.mail(&taken, "confirm your new e-mail address").await.token();
    visitor.post("/api/v1/auth/confirm-email-change", &json!({ "token": token })).await.expect(200);
    link(&user, &provider, &json!({ "sub": "123" })).await.expect(200);
    let token = visitor.mail(&user.email, "Your e-mail address was changed").await.token();
    visitor.post("/api/v1/auth/undo-email-change", &json!({ "token": token })).await.expect(200);
    let other = stack.user().await;
    link(&other, &provider, &json!({ "sub": "123" })).await.expect(200);
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

#[tokio::test]
async fn a_reapplied_erasure_frees_identities() {
    let (stack, provider) = somewhere().await;
    let user = stack.user().await;
    link(&user, &provider, &json!({ "sub": "123" })).await.expect(200);
    let path = format!("/api/v1/users/{}", user.id().await);
    stack.wait_until_idle().await;
    let before = stack.aws().items(DATA_TABLE).await;
    stack.admin().await.delete(path).if_match("*").await.expect(204);
    stack.wait_until_idle().await;
    restore(&stack, &before).await;
    assert_eq!(stack.invoke("reapply-erasures", json!({})).await.unwrap()["erased"], 1);
    let other = stack.user().await;
    link(&other, &provider, &json!({ "sub": "123" })).await.expect(200);
}
