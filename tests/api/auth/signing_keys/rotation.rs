//! `rotate-signing-key`: keys are rotated without ending sessions.

use std::collections::BTreeSet;
use std::time::Duration;

use builder_tests::aws::{DATA_TABLE, SIGNING_SECRET};
use builder_tests::{PASSWORD, Stack, Visitor, token};
use serde_json::{Value, json};

use crate::auth::second_factor::enrol;

const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

async fn step(stack: &Stack, step: &str, rotation: &str) -> anyhow::Result<Value> {
    let event = json!({ "Step": step, "SecretId": SIGNING_SECRET, "ClientRequestToken": rotation, "RotationToken": "ours" });
    stack.invoke("rotate-signing-key", event).await
}

/// Rotates the key as Secrets Manager does, which may repeat any step.
async fn rotate(stack: &Stack, rotation: &str) {
    for name in STEPS {
        step(stack, name, rotation).await.unwrap();
        step(stack, name, rotation).await.unwrap();
    }
}

async fn published(visitor: &Visitor) -> BTreeSet<String> {
    let keys = visitor.get("/.well-known/jwks.json").await.expect(200).json()["keys"]
        .as_array()
        .unwrap()
        .clone();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_unpublished_key_is_published_before_it_signs() {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    let (visitor, app) = (user.signed_out(), enrol(&stack, &user).await);
    stack.clock.advance(Duration::from_secs(30));
    let challenge = visitor.login(&user.email, PASSWORD).await.expect(200).text("challenge");
    let code = json!({ "challenge": challenge, "code": app.code(&stack) });
    let refresh = json!({ "refreshToken": user.tokens.refresh });
    for (path, body) in
        [("/api/v1/auth/refresh", refresh), ("/api/v1/auth/login/second-factor", code)]
    {
        let keys = json!({ "pk": { "S": "JWKS" }, "sk": { "S": "STATE" } });
        stack.aws().delete_item(DATA_TABLE, &keys).await;
        assert!(published(&visitor).await.is_empty());
        let access = visitor.post(path, &body).await.expect(200).text("accessToken");
        assert_eq!(published(&visitor).await, BTreeSet::from([signed_by(&access)]), "{path}");
    }
}

/// Stores a list of public keys without the current one, as after replacing the secret by hand or
/// restoring an older table.
pub(crate) async fn publish_no_key(stack: &Stack) {
    let keys = json!({
        "pk": { "S": "JWKS" }, "sk": { "S": "STATE" }, "version": { "N": "1" }, "keys": { "L": [] },
    });
    stack.aws().put_item(DATA_TABLE, &keys).await;
}

#[tokio::test]
async fn a_missing_key_is_added_to_the_list() {
    let stack = Stack::own().frozen_clock().start();
    publish_no_key(&stack).await;
    let user = stack.user().await;
    let (visitor, app) = (user.signed_out(), enrol(&stack, &user).await);
    stack.clock.advance(Duration::from_secs(30));
    let challenge = visitor.login(&user.email, PASSWORD).await.expect(200).text("challenge");
    let code = json!({ "challenge": challenge, "code": app.code(&stack) });
    let refresh = json!({ "refreshToken": user.tokens.refresh });
    for (path, body) in
        [("/api/v1/auth/refresh", refresh), ("/api/v1/auth/login/second-factor", code)]
    {
        publish_no_key(&stack).await;
        let access = visitor.post(path, &body).await.expect(200).text("accessToken");
        assert_eq!(published(&visitor).await, BTreeSet::from([signed_by(&access)]), "{path}");
    }
}

fn signed_by(access: &str) -> String {
    token::read(access).0["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn keys_are_published_before_use_until_their_tokens_expire() {
    let stack = Stack::own().start();
    let visitor = stack.visitor();
    rotate(&stack, "a first rotation, which only adds the next key").await;
    let first = published(&visitor).await;
    assert_eq!(first.len(), 2);

    // From now on, the sign-in function caches the current secret for five minutes.
    let user = stack.user().await;
    let old = signed_by(&user.tokens.access);
    assert!(first.contains(&old));
    rotate(&stack, "a second rotation, which puts the next key to use").await;
    let second = published(&visitor).await;
    assert!(second.is_superset(&first) && second.len() == 3, "{first:?} {second:?}");

    // The function that refreshes reads the secret only now: it accepts the previous key's tokens,
    // and signs with the new key.
    let refreshed = visitor.refresh(&user.tokens.refresh).await.expect(200).data();
    let (access, refresh) =
        (refreshed["accessToken"].as_str().unwrap(), refreshed["refreshToken"].as_str().unwrap());
    let new = signed_by(access);
    assert!(new != old && first.contains(&new), "the key must be published before it is used");
    for access in [access, &user.tokens.access] {
        visitor
            .get("/api/v1/me")
            .header("authorization", format!("Bearer {access}"))
            .await
            .expect(200);
    }

    // The oldest key still verifies the tokens that it has signed, although the secret no longer
    // contains it.
    rotate(&stack, "a third rotation, after which the first key is out of use").await;
    let third = published(&visitor).await;
    assert!(third.contains(&old) && third.len() == 4, "{third:?}");
    visitor
        .get("/api/v1/me")
        .header("authorization", format!("Bearer {}", user.tokens.access))
        .await
        .expect(200);
    visitor.refresh(refresh).await.expect(200);
    let secret: Value = serde_json::from_str(&stack.aws().secret(SIGNING_SECRET).await).unwrap();
    assert_eq!(
        secret.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["current", "next", "previous"]
    );

    // An hour later it is removed.
    stack.clock.advance(Duration::from_secs(71 * 60));
    rotate(&stack, "a fourth rotation, which forgets the first key").await;
    let fourth = published(&visitor).await;
    assert!(!fourth.contains(&old) && fourth.contains(&new), "{fourth:?}");
}

#[tokio::test]
async fn a_rotation_step_out_of_order_changes_nothing() {
    let stack = Stack::own().start();
    let before = stack.aws().secret(SIGNING_SECRET).await;
    for name in ["setSecret", "testSecret", "finishSecret"] {
        step(&stack, name, "a rotation that was never created").await.expect_err(name);
    }
    step(&stack, "createSecret", "a rotation that isn't finished").await.unwrap();
    step(&stack, "testSecret", "a rotation that isn't finished").await.expect_err("not published");
    assert_eq!(stack.aws().secret(SIGNING_SECRET).await, before);
}
