//! Rate limits and their headers. `chaos` tests the exact counts under concurrency.

use std::time::Duration;

use builder_tests::{Answer, Stack};

/// A public route that is counted.
const PUBLIC: &str = "/.well-known/jwks.json";

/// Returns the `t` of the `RateLimit` header.
fn reset(answer: &Answer) -> u64 {
    answer
        .required("ratelimit")
        .split(';')
        .find_map(|part| part.strip_prefix("t="))
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn responses_report_the_rate_limit() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let first = user.get("/api/v1/me").await.expect(200);
    assert_eq!(first.required("ratelimit-policy"), r#""caller";q=1000;w=3600"#);
    assert!(first.required("ratelimit").starts_with(r#""caller";r="#));
    assert!((1..=3600).contains(&reset(&first)));
    for (answer, less) in [
        (user.get("/api/v1/products").await.expect(200), 1),
        (user.get("/api/v1/orders/ord_1").await.problem(404, "not-found").answer, 2),
        (user.command("/api/v1/orders").await.problem(415, "unsupported-media-type").answer, 3),
        (
            user.post("/api/v1/products", &serde_json::json!({}))
                .await
                .problem(403, "forbidden")
                .answer,
            4,
        ),
    ] {
        assert_eq!(answer.required("ratelimit-policy"), first.required("ratelimit-policy"));
        assert_eq!(answer.remaining() + less, first.remaining());
    }

    let visitor = stack.visitor();
    let first = visitor.get(PUBLIC).await.expect(200);
    assert_eq!(first.required("ratelimit-policy"), r#""ip";q=100;w=60"#);
    assert_eq!(first.remaining(), 99);
    assert_eq!(visitor.get("/nowhere").await.problem(404, "not-found").answer.remaining(), 98);
    let uncounted = visitor.get("/health").await.expect(200);
    assert!(
        uncounted.header("ratelimit").is_none()
            && visitor.get(PUBLIC).await.expect(200).remaining() == 97
    );
}

#[tokio::test]
async fn a_revoked_token_does_not_use_its_owners_limit() {
    let stack = Stack::own().frozen_clock().parameter("CallerLimitPerHour", "10").start();
    let user = stack.user().await;
    let other = user.signed_out().sign_in(&user.email, builder_tests::PASSWORD).await;
    other.command("/api/v1/auth/logout").await.expect(204);
    let left = user.get("/api/v1/me").await.expect(200).remaining();
    let address = other.get("/api/v1/me").await.problem(401, "unauthenticated").answer;
    assert_eq!(
        address.required("ratelimit-policy"),
        r#""ip";q=100;w=60"#,
        "the request must count for the IP address"
    );
    for spent in 1..=20 {
        let refused = other.get("/api/v1/me").await.problem(401, "unauthenticated").answer;
        assert_eq!(refused.remaining(), address.remaining() - spent);
    }
    assert_eq!(user.get("/api/v1/me").await.expect(200).remaining(), left - 1);
}

#[tokio::test]
async fn signing_out_is_not_rate_limited() {
    let stack = Stack::own().frozen_clock().parameter("CallerLimitPerHour", "3").start();
    let user = stack.user().await;
    for _ in 0..3 {
        user.get("/api/v1/me").await.expect(200);
    }
    user.get("/api/v1/me").await.problem(429, "quota-exceeded");
    user.command("/api/v1/auth/logout").await.expect(204);
    user.get("/api/v1/orders").await;
    user.command("/api/v1/auth/logout").await.expect(204);
}

#[tokio::test]
async fn a_caller_over_the_limit_waits_for_retry_after() {
    let stack = Stack::own().frozen_clock().parameter("CallerLimitPerHour", "10").start();
    let (user, other) = (stack.user().await, stack.user().await);
    for left in (0..10).rev() {
        assert_eq!(user.get("/api/v1/me").await.expect(200).remaining(), left);
    }
    let refused = user.get("/api/v1/me").await.problem(429, "quota-exceeded").answer;
    assert_eq!(refused.remaining(), 0);
    let wait: u64 = refused.required("retry-after").parse().unwrap();
    assert!(wait >= reset(&refused) && wait > 3600 - 60, "{wait}");
    // The limit applies to every route and session, but only to this user.
    user.get("/api/v1/orders").await.problem(429, "quota-exceeded");
    let again = user.signed_out().sign_in(&user.email, builder_tests::PASSWORD).await;
    again.get("/api/v1/products").await.problem(429, "quota-exceeded");
    other.get("/api/v1/me").await.expect(200);

    stack.clock.advance(Duration::from_secs(wait - 60));
    let again = user.signed_out().sign_in(&user.email, builder_tests::PASSWORD).await;
    again.get("/api/v1/me").await.problem(429, "quota-exceeded");
    stack.clock.advance(Duration::from_secs(61));
    again.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn an_ip_address_guessing_tokens_is_limited() {
    let stack = Stack::own().frozen_clock().parameter("IpLimitPerMinute", "20").start();
    let (guesser, neighbour, user) = (stack.visitor(), stack.visitor(), stack.user().await);
    for _ in 0..10 {
        guesser
            .get("/api/v1/me")
            .header("authorization", "Bearer guessed")
            .await
            .problem(401, "unauthenticated");
        guesser.refresh("rt_guessed").await.problem(401, "invalid-refresh-token");
    }
    guesser
        .get("/api/v1/me")
        .header("authorization", "Bearer guessed")
        .await
        .problem(429, "quota-exceeded");
    guesser.refresh("rt_guessed").await.problem(429, "quota-exceeded");
    let refused = guesser.get(PUBLIC).await.problem(429, "quota-exceeded").answer;
    neighbour.get(PUBLIC).await.expect(200);
    // A signed-in user has a separate limit, at any IP address.
    guesser.with_token(&user.tokens.access).get("/api/v1/me").await.expect(200);
    let wait: u64 = refused.required("retry-after").parse().unwrap();
    assert!(wait >= reset(&refused));
    stack.clock.advance(Duration::from_secs(wait));
    guesser.get(PUBLIC).await.expect(200);
}

/// The requests of a window count less and less during the next one, so a client can't send twice
/// the limit at a window's boundary.
#[tokio::test]
async fn the_window_slides() {
    let stack = Stack::own().frozen_clock().parameter("IpLimitPerMinute", "100").start();
    let visitor = stack.visitor();
    stack.clock.advance(Duration::from_secs(59));
    for _ in 0..100 {
        visitor.get(PUBLIC).await.expect(200);
    }
    stack.clock.advance(Duration::from_secs(31));
    let mut passed = 0;
    while visitor.get(PUBLIC).await.status == 200 {
        passed += 1;
        assert!(passed <= 100, "the limit is not enforced");
    }
    assert_eq!(passed, 50, "half of the past window still counts");
}

#[tokio::test]
async fn gateway_throttling_returns_plain_json() {
    let stack = Stack::own().parameter("ThrottleRate", "1").parameter("ThrottleBurst", "2").start();
    let visitor = stack.visitor();
    let mut answer = visitor.get("/health").await;
    for _ in 0..5 {
        answer = visitor.get("/health").await;
    }
    answer.check(
        answer.status == 429 && answer.header("ratelimit").is_none(),
        "expected the gateway's 429",
    );
    assert!(answer.json()["message"].is_string());
}
