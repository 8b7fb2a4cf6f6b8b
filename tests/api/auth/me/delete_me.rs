//! `DELETE /api/v1/me`, and the job `delete-accounts`

use std::time::Duration;

use builder_tests::{PASSWORD, Stack, User, Visitor};
use jiff::Timestamp;
use serde_json::json;

use crate::auth::second_factor::enrol;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn delete(user: &User) -> Timestamp {
    user.delete("/api/v1/me").if_match("*").await.expect(202).text("dueAt").parse().unwrap()
}

async fn run(stack: &Stack) -> serde_json::Value {
    stack.invoke("delete-accounts", json!({})).await.unwrap()["deleted"].clone()
}

#[tokio::test]
async fn an_account_is_erased_seven_days_after_the_request() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    let (id, visitor) = (user.id().await, user.signed_out());
    let key = user
        .post("/api/v1/api-keys", &json!({ "name": "Warehouse", "scopes": ["orders:read"] }))
        .await
        .expect(201);
    let elsewhere = visitor.sign_in(&user.email, PASSWORD).await;
    let now = builder_store::clock::Clock::now(&*stack.clock);
    assert_eq!(delete(&user).await.duration_since(now).as_hours(), 7 * 24);

    // All sessions end immediately.
    for session in [&user, &elsewhere] {
        session.get("/api/v1/me").await.problem(401, "unauthenticated");
        visitor.refresh(&session.tokens.refresh).await.problem(401, "invalid-refresh-token");
    }
    visitor.with_token(key.text("key")).get("/api/v1/orders").await.problem(401, "unauthenticated");
    let mail = visitor.mail(&user.email, "Your account will be deleted").await;
    assert!(mail.text.contains("sign in"), "{}", mail.text);

    stack.clock.advance(7 * DAY - Duration::from_secs(1));
    assert_eq!(run(&stack).await, 0);
    let admin = stack.sign_in_admin().await;
    admin.get(format!("/api/v1/users/{id}")).await.expect(200);
    stack.clock.advance(Duration::from_secs(1));
    assert_eq!((run(&stack).await, run(&stack).await), (1.into(), 0.into()));
    admin.get(format!("/api/v1/users/{id}")).await.problem(404, "not-found");
    visitor.login(&user.email, PASSWORD).await.problem(401, "invalid-credentials");
    // The address is free, and a restored backup doesn't restore the account.
    visitor.register(&user.email).await.expect(202);
    stack.wait_until_idle().await;
    let links = visitor
        .mails(&user.email)
        .await
        .into_iter()
        .filter(|mail| mail.text.contains("token=vt_"))
        .count();
    assert_eq!(links, 2);
    assert_eq!(
        stack.invoke("reapply-erasures", json!({})).await.unwrap(),
        json!({ "recorded": 1, "erased": 0 })
    );
}

#[tokio::test]
async fn signing_in_within_seven_days_cancels_the_deletion() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    let visitor = user.signed_out();
    delete(&user).await;
    stack.clock.advance(6 * DAY);
    visitor.login(&user.email, "wrong password").await.problem(401, "invalid-credentials");
    let again = visitor.sign_in(&user.email, PASSWORD).await;
    visitor.mail(&user.email, "Your account will not be deleted").await;
    stack.clock.advance(2 * DAY);
    assert_eq!(run(&stack).await, 0);
    // A second request starts the seven days again.
    let again = again.signed_out().sign_in(&user.email, PASSWORD).await;
    delete(&again).await;
    stack.clock.advance(6 * DAY);
    assert_eq!(run(&stack).await, 0);
    stack.clock.advance(DAY);
    assert_eq!(run(&stack).await, 1);
}

#[tokio::test]
async fn cancelling_a_deletion_requires_the_second_factor() {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    let (visitor, app) = (user.signed_out(), enrol(&stack, &user).await);
    delete(&user).await;
    stack.clock.advance(6 * DAY);
    let challenge = visitor.login(&user.email, PASSWORD).await.expect(200).text("challenge");
    let code = json!({ "challenge": challenge, "code": app.code(&stack) });
    let answer = visitor.post("/api/v1/auth/login/second-factor", &code).await.expect(200);
    assert_eq!(
        visitor.signed_in(&user.email, &answer).get("/api/v1/me").await.expect(200).text("email"),
        user.email
    );

    let user = visitor.signed_in(&user.email, &answer);
    delete(&user).await;
    stack.clock.advance(7 * DAY - Duration::from_secs(1));
    assert!(
        visitor.login(&user.email, PASSWORD).await.expect(200).text("challenge").starts_with("ch_")
    );
    stack.clock.advance(Duration::from_secs(1));
    assert_eq!(run(&stack).await, 1);
}

#[tokio::test]
async fn the_last_admin_cannot_request_deletion() {
    let stack = Stack::own().frozen_clock().start();
    let admin = stack.sign_in_admin().await;
    admin.delete("/api/v1/me").if_match("*").await.problem(409, "last-admin");
    let other = stack.user().await;
    let path = format!("/api/v1/users/{}", other.id().await);
    admin.patch(&path, &json!({ "role": "admin" })).if_match("*").await.expect(200);
    let other = other.signed_out().sign_in(&other.email, PASSWORD).await;
    delete(&other).await;
    admin.delete("/api/v1/me").if_match("*").await.problem(409, "last-admin");
    // After cancelling the deletion, all requests are allowed again.
    other
        .signed_out()
        .sign_in(&other.email, PASSWORD)
        .await
        .get("/api/v1/settings")
        .await
        .expect(200);
    delete(&admin).await;
    stack.clock.advance(7 * DAY);
    assert_eq!(run(&stack).await, 1);
}

#[tokio::test]
async fn an_admin_restored_by_a_second_factor_counts_again() {
    let stack = Stack::own().frozen_clock().start();
    let (admin, user) = (stack.sign_in_admin().await, stack.user().await);
    let path = format!("/api/v1/users/{}", user.id().await);
    admin.patch(&path, &json!({ "role": "admin" })).if_match("*").await.expect(200);
    let (visitor, email) = (user.signed_out(), user.email);
    let user = visitor.sign_in(&email, PASSWORD).await;
    let app = enrol(&stack, &user).await;
    let with_code = async || {
        let challenge = visitor.login(&email, PASSWORD).await.expect(200).text("challenge");
        let code = json!({ "challenge": challenge, "code": app.code(&stack) });
        let answer = visitor.post("/api/v1/auth/login/second-factor", &code).await.expect(200);
        visitor.signed_in(&email, &answer)
    };
    // A session's data is deleted a day after its end, at the next sign-in.
    user.command("/api/v1/auth/logout").await.expect(204);
    stack.clock.advance(2 * DAY);
    let user = with_code().await;
    delete(&user).await;
    let admin = stack.sign_in_admin().await;
    admin.delete("/api/v1/me").if_match("*").await.problem(409, "last-admin");
    stack.clock.advance(6 * DAY);
    with_code().await.get("/api/v1/settings").await.expect(200);
    delete(&stack.sign_in_admin().await).await;
}

#[tokio::test]
async fn deletion_requires_a_recent_session_and_the_version() {
    let stack = Stack::own().frozen_clock().start();
    let user = stack.user().await;
    user.delete("/api/v1/me").await.problem(428, "precondition-required");
    user.delete("/api/v1/me").if_match("\"999\"").await.problem(412, "precondition-failed");
    let key = user
        .post("/api/v1/api-keys", &json!({ "name": "Warehouse", "scopes": ["profile:read"] }))
        .await
        .expect(201);
    user.with_token(key.text("key"))
        .delete("/api/v1/me")
        .if_match("*")
        .await
        .problem(403, "forbidden");
    stack.clock.advance(Duration::from_secs(601));
    user.delete("/api/v1/me").if_match("*").await.problem(403, "sign-in-again");
    user.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn an_account_erased_meanwhile_is_skipped() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    let path = format!("/api/v1/users/{}", user.id().await);
    delete(&user).await;
    stack.admin().await.delete(path).if_match("*").await.expect(204);
    stack.clock.advance(8 * DAY);
    assert_eq!(run(&stack).await, 0);
    assert_eq!(run(&stack).await, 0);
    user.signed_out().register(&Visitor::fresh_email()).await.expect(202);
}
