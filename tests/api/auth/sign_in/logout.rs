//! `POST /api/v1/auth/logout`

use std::time::Duration;

use builder_runtime::Access;
use builder_tests::aws::EPHEMERAL_TABLE;
use builder_tests::{PASSWORD, Stack, Tokens, routes};
use serde_json::json;

use crate::common::sample_path;

const PATH: &str = "/api/v1/auth/logout";

#[tokio::test]
async fn signing_out_ends_the_session_on_every_route() {
    let stack = Stack::shared();
    let admin = stack.sign_in_admin().await;
    admin.command("/api/v1/auth/logout").await.expect(204);
    let mut walked = 0;
    for route in routes().iter().filter(|route| matches!(route.access, Access::Permit(_))) {
        let request = admin.request(route.method.clone(), sample_path(route)).if_match("*");
        let problem = request.await.problem(401, "unauthenticated");
        assert!(problem.answer.required("www-authenticate").contains("invalid_token"), "{route:?}");
        walked += 1;
    }
    assert!(walked >= 13, "only {walked} routes");
    admin.signed_out().refresh(&admin.tokens.refresh).await.problem(401, "invalid-refresh-token");
}

#[tokio::test]
async fn only_the_session_of_the_token_ends() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
    user.command("/api/v1/auth/logout").await.expect(204);
    user.get("/api/v1/me").await.problem(401, "unauthenticated");
    other.get("/api/v1/me").await.expect(200);
    other.signed_out().refresh(&other.tokens.refresh).await.expect(200);
    user.signed_out().sign_in(&user.email, PASSWORD).await.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn an_api_key_has_no_session_to_end() {
    let user = Stack::shared().user().await;
    let key = user
        .post("/api/v1/api-keys", &json!({ "name": "Warehouse", "scopes": ["orders:read"] }))
        .await
        .expect(201)
        .text("key");
    let warehouse = user.with_token(key);
    warehouse.command(PATH).await.problem(403, "forbidden");
    warehouse.get("/api/v1/orders").await.expect(200);
}

#[tokio::test]
async fn guests_can_sign_out_repeatedly() {
    let guest = Stack::shared().guest().await;
    for _ in 0..2 {
        guest.command(PATH).await.expect(204);
        guest.get("/api/v1/me").await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn the_refresh_token_can_sign_out() {
    let stack = Stack::own().frozen_clock().start();
    let (user, other) = (stack.user().await, stack.user().await);
    stack.clock.advance(Duration::from_secs(2 * 3600));
    user.command(PATH).await.expect(204);
    let visitor = user.signed_out();
    let next = Tokens::of(&visitor.refresh(&user.tokens.refresh).await.expect(200));
    let sign_out = async |token: &str| visitor.post(PATH, &json!({ "refreshToken": token })).await;
    // An invalid or expired token ends nothing and reveals nothing.
    for token in ["x", "rt_AAAA", &format!("{}A", next.refresh)] {
        sign_out(token).await.expect(204);
    }
    visitor.with_token(&next.access).get("/api/v1/me").await.expect(200);
    sign_out(&next.refresh).await.expect(204);
    visitor.with_token(&next.access).get("/api/v1/me").await.problem(401, "unauthenticated");
    visitor.refresh(&next.refresh).await.problem(401, "invalid-refresh-token");
    sign_out(&next.refresh).await.expect(204);
    other.signed_out().refresh(&other.tokens.refresh).await.expect(200);
}

#[tokio::test]
async fn the_body_may_only_contain_the_refresh_token() {
    let user = Stack::shared().user().await;
    for (body, pointers) in [
        (json!({ "all": true }), vec!["/all"]),
        (json!({ "refreshToken": "" }), vec!["/refreshToken"]),
        (json!([]), vec![""]),
    ] {
        user.post(PATH, &body).await.problem(422, "invalid-request").at(&pointers);
    }
    user.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn ended_sessions_are_removed_after_their_tokens_expire() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    for _ in 0..3 {
        let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
        other.command("/api/v1/auth/logout").await.expect(204);
    }
    let id = user.id().await;
    let remembered = async || {
        let items = stack.aws().items(EPHEMERAL_TABLE).await;
        let ended =
            items.iter().filter(|item| item["pk"]["S"].as_str().is_some_and(|pk| pk.contains(&id)));
        ended
            .map(|item| item["ended"]["M"].as_object().map_or(0, serde_json::Map::len))
            .sum::<usize>()
    };
    assert_eq!(remembered().await, 3);
    // In the next window of the hourly limit, all their tokens have expired.
    stack.clock.advance(Duration::from_secs(2 * 3600));
    user.signed_out().sign_in(&user.email, PASSWORD).await.get("/api/v1/me").await.expect(200);
    assert_eq!(remembered().await, 0);
}
