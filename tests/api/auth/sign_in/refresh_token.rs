//! `POST /api/v1/auth/refresh`

use std::sync::Arc;
use std::time::Duration;

use builder_tests::{PASSWORD, Stack, Tokens, User, token};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn signed_in() -> (Arc<Stack>, User) {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let user = stack.user().await;
    (stack, user)
}

async fn refreshed(user: &User, token: &str) -> Tokens {
    Tokens::of(&user.signed_out().refresh(token).await.expect(200))
}

async fn refused(user: &User, token: &str) {
    let problem = user.signed_out().refresh(token).await.problem(401, "invalid-refresh-token");
    assert!(problem.answer.required("www-authenticate").starts_with("Bearer"));
}

#[tokio::test]
async fn refreshing_returns_new_tokens_of_the_same_session() {
    let (stack, user) = signed_in().await;
    let answer = user.signed_out().refresh(&user.tokens.refresh).await.expect(200);
    assert_eq!(
        (&answer.data()["tokenType"], &answer.data()["expiresIn"]),
        (&json!("Bearer"), &json!(3600))
    );
    let next = Tokens::of(&answer);
    assert_ne!(next.refresh, user.tokens.refresh);
    assert_eq!(token::read(&next.access).1["sid"], token::read(&user.tokens.access).1["sid"]);
    stack.clock.advance(Duration::from_secs(11));
    refreshed(&user, &next.refresh).await;
    for access in [&user.tokens.access, &next.access] {
        user.with_token(access).get("/api/v1/me").await.expect(200);
    }
}

#[tokio::test]
async fn a_lost_response_can_be_repeated_within_ten_seconds() {
    let (stack, user) = signed_in().await;
    let first = refreshed(&user, &user.tokens.refresh).await;
    stack.clock.advance(Duration::from_secs(10));
    assert_eq!(
        refreshed(&user, &user.tokens.refresh).await.refresh,
        first.refresh,
        "expected the same successor"
    );
    refreshed(&user, &first.refresh).await;
}

#[tokio::test]
async fn a_used_token_ends_the_session_after_ten_seconds() {
    let (stack, user) = signed_in().await;
    let next = refreshed(&user, &user.tokens.refresh).await;
    stack.clock.advance(Duration::from_millis(10_001));
    refused(&user, &user.tokens.refresh).await;
    refused(&user, &next.refresh).await;
    for access in [&user.tokens.access, &next.access] {
        user.with_token(access).get("/api/v1/me").await.problem(401, "unauthenticated");
    }
    // Only that session.
    user.signed_out().login(&user.email, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn an_older_token_ends_the_session_immediately() {
    let (_stack, user) = signed_in().await;
    let second = refreshed(&user, &user.tokens.refresh).await;
    let third = refreshed(&user, &second.refresh).await;
    refused(&user, &user.tokens.refresh).await;
    refused(&user, &third.refresh).await;
    user.get("/api/v1/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_session_lasts_seven_days_from_its_last_refresh() {
    let (stack, user) = signed_in().await;
    stack.clock.advance(6 * DAY);
    let next = refreshed(&user, &user.tokens.refresh).await;
    stack.clock.advance(6 * DAY);
    let last = refreshed(&user, &next.refresh).await;
    stack.clock.advance(7 * DAY);
    refused(&user, &last.refresh).await;
}

#[tokio::test]
async fn a_session_ends_thirty_days_after_sign_in() {
    let (stack, user) = signed_in().await;
    let mut last = user.tokens.clone();
    for _ in 0..4 {
        stack.clock.advance(6 * DAY);
        last = refreshed(&user, &last.refresh).await;
    }
    stack.clock.advance(6 * DAY - HOUR / 2);
    let answer = user.signed_out().refresh(&last.refresh).await.expect(200);
    assert_eq!(answer.data()["expiresIn"], 1800, "an access token must not outlive its session");
    last = Tokens::of(&answer);
    let sessions = user.with_token(&last.access).get("/api/v1/sessions").await.expect(200).data();
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    stack.clock.advance(HOUR / 2 + Duration::from_secs(6));
    refused(&user, &last.refresh).await;
    user.with_token(&last.access).get("/api/v1/me").await.problem(401, "unauthenticated");
    user.signed_out().sign_in(&user.email, PASSWORD).await.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_shorter_session_setting_applies_to_existing_sessions() {
    let (stack, user) = signed_in().await;
    stack.clock.advance(2 * DAY);
    let next = refreshed(&user, &user.tokens.refresh).await;
    let admin = stack.sign_in_admin().await;
    let mut settings = admin.get("/api/v1/settings").await.expect(200).data();
    settings["security"]["sessionDays"] = 2.into();
    admin.put("/api/v1/settings", &settings).if_match("*").await.expect(200);
    // Functions read the settings every five minutes.
    stack.clock.advance(Duration::from_secs(300));
    refused(&user, &next.refresh).await;
    let again = user.signed_out().sign_in(&user.email, PASSWORD).await;
    stack.clock.advance(2 * DAY - Duration::from_secs(1));
    refreshed(&again, &again.tokens.refresh).await;
    stack.clock.advance(Duration::from_secs(12));
    refused(&again, &again.tokens.refresh).await;
}

#[tokio::test]
async fn a_forged_refresh_token_is_refused_and_ends_nothing() {
    let (_stack, user) = signed_in().await;
    let genuine = &user.tokens.refresh;
    let mut forged = genuine.clone().into_bytes();
    let middle = forged.len() - 10;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    for token in [
        String::from_utf8(forged).unwrap(),
        "rt_AAAA".to_owned(),
        genuine[3..].to_owned(),
        user.tokens.access.chars().take(200).collect(),
    ] {
        refused(&user, &token).await;
    }
    refreshed(&user, genuine).await;
}

#[tokio::test]
async fn every_error_has_its_pointer() {
    let visitor = Stack::shared().visitor();
    for (body, pointers) in [
        (json!({ "refreshToken": "" }), vec!["/refreshToken"]),
        (json!({ "refreshToken": "x".repeat(256) }), vec!["/refreshToken"]),
        (json!({ "refreshToken": false }), vec!["/refreshToken"]),
        (json!({ "refreshToken": "rt_x", "scope": "all" }), vec!["/scope"]),
    ] {
        visitor
            .post("/api/v1/auth/refresh", &body)
            .await
            .problem(422, "invalid-request")
            .at(&pointers);
    }
}

#[tokio::test]
async fn refreshing_replaces_an_expired_access_token() {
    let (stack, user) = signed_in().await;
    stack.clock.advance(HOUR + Duration::from_secs(6));
    user.get("/api/v1/me").await.problem(401, "unauthenticated");
    let next = refreshed(&user, &user.tokens.refresh).await;
    user.with_token(next.access).get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_refreshed_token_contains_the_current_role() {
    let stack = Stack::shared();
    let (admin, guest) = (stack.admin().await, stack.guest().await);
    assert_eq!(token::read(&guest.tokens.access).1["role"], "guest");
    let path = format!("/api/v1/users/{}", guest.id().await);
    admin.patch(path, &serde_json::json!({ "role": "user" })).if_match("*").await.expect(200);
    let next = refreshed(&guest, &guest.tokens.refresh).await;
    assert_eq!(token::read(&next.access).1["role"], "user");
}
