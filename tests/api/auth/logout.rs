//! `POST /api/v1/auth/logout`

use std::time::Duration;

use builder_runtime::Access;
use builder_tests::aws::EPHEMERAL_TABLE;
use builder_tests::{PASSWORD, Stack, routes};

use crate::common::sample_path;

#[tokio::test]
async fn signing_out_takes_effect_on_the_very_next_request_on_every_route() {
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
async fn a_guest_can_sign_out_too() {
    let guest = Stack::shared().guest().await;
    guest.command("/api/v1/auth/logout").await.expect(204);
    guest.get("/api/v1/me").await.problem(401, "unauthenticated");
    guest.command("/api/v1/auth/logout").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_body_is_not_expected() {
    let guest = Stack::shared().guest().await;
    guest.post("/api/v1/auth/logout", &serde_json::json!({ "all": true })).await.problem(422, "invalid-request").at(&[""]);
    guest.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn ended_sessions_are_forgotten_when_their_tokens_have_expired() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    for _ in 0..3 {
        let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
        other.command("/api/v1/auth/logout").await.expect(204);
    }
    let id = user.id().await;
    let remembered = async || {
        let items = stack.aws().items(EPHEMERAL_TABLE).await;
        let ended = items.iter().filter(|item| item["pk"]["S"].as_str().is_some_and(|pk| pk.contains(&id)));
        ended.map(|item| item["ended"]["M"].as_object().map_or(0, serde_json::Map::len)).sum::<usize>()
    };
    assert_eq!(remembered().await, 3);
    // Another window of the hour's limit, when all their tokens have expired.
    stack.clock.advance(Duration::from_secs(2 * 3600));
    user.signed_out().sign_in(&user.email, PASSWORD).await.get("/api/v1/me").await.expect(200);
    assert_eq!(remembered().await, 0);
}
