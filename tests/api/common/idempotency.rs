//! `Idempotency-Key`: a repeated POST gets the first response.

use std::time::Duration;

use builder_tests::{Answer, PASSWORD, Stack, Visitor, aws, catalogue, fresh_key};
use serde_json::{Value, json};

fn order(product: &str, quantity: u32) -> Value {
    json!({ "items": [{ "productId": product, "quantity": quantity }] })
}

/// Checks that the second response is a replay of the first.
#[track_caller]
fn is_replay(first: &Answer, second: &Answer) {
    second.check(
        second.replayed() && !first.replayed(),
        "expected Idempotent-Replayed on the second response only",
    );
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    for header in ["location", "etag", "content-type"] {
        assert_eq!(second.header(header), first.header(header), "{header}");
    }
    assert_ne!(
        second.required("x-request-id"),
        first.required("x-request-id"),
        "expected a new request ID"
    );
    assert!(second.remaining() < first.remaining(), "a replay must count as a request");
}

#[tokio::test]
async fn a_repeated_request_returns_the_first_response() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 10).await;
    let key = fresh_key();
    let first = user.post("/api/v1/orders", &order(&product, 3)).key(&key).await.expect(201);
    for _ in 0..2 {
        let again = user.post("/api/v1/orders", &order(&product, 3)).key(&key).await.expect(201);
        is_replay(&first, &again);
    }
    assert_eq!(catalogue::stock_of(&user, &product).await, 7);
    let without = user.post("/api/v1/orders", &order(&product, 3)).await.expect(201);
    assert_ne!(without.text("id"), first.text("id"));
}

#[tokio::test]
async fn posts_that_issue_no_tokens_accept_a_key() {
    let stack = Stack::own().start();
    let (admin, visitor) = (stack.admin().await, stack.visitor());
    let product = catalogue::stocked(&admin, 10).await;
    let placed = admin.order(&[(&product, 1)]).await.expect(201).text("id");
    let adjust = format!("/api/v1/products/{product}/stock-adjustments");
    let email = Visitor::fresh_email();
    for (path, body) in [
        ("/api/v1/products", Some(catalogue::product())),
        (&*adjust, Some(json!({ "delta": 5, "reason": "delivery" }))),
        ("/api/v1/orders", Some(order(&product, 1))),
        (&*format!("/api/v1/orders/{placed}/cancel"), None),
    ] {
        let key = fresh_key();
        let request = || match &body {
            Some(body) => admin.post(path, body).key(&key),
            None => admin.command(path).key(&key),
        };
        let (first, second) = (request().await, request().await);
        first.check(first.status < 300, "expected success");
        is_replay(&first, &second);
    }
    let twice = async |path: &str, body: Value| {
        let key = fresh_key();
        let (first, second) =
            (visitor.post(path, &body).key(&key).await, visitor.post(path, &body).key(&key).await);
        first.check(first.status < 300, "expected success");
        is_replay(&first, &second);
    };
    twice("/api/v1/auth/register", json!({ "email": email })).await;
    twice("/api/v1/auth/verify-email/resend", json!({ "email": email })).await;
    let token = stack.mail(&email, "verify").await.token();
    twice(
        "/api/v1/auth/verify-email",
        json!({ "token": token, "password": PASSWORD, "name": "Ada" }),
    )
    .await;
    assert_eq!(catalogue::stock_of(&admin, &product).await, 10 - 1 + 5 - 1 + 1);
}

#[tokio::test]
async fn a_different_request_with_the_same_key_is_refused() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 10).await;
    let key = fresh_key();
    let first = user.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201);
    user.post("/api/v1/orders", &order(&product, 2))
        .key(&key)
        .await
        .problem(422, "idempotency-key-reused");
    is_replay(&first, &user.post("/api/v1/orders", &order(&product, 1)).key(&key).await);
    assert_eq!(catalogue::stock_of(&user, &product).await, 9);

    // Another path is another request.
    let [one, other] = [
        user.order(&[(&product, 1)]).await.text("id"),
        user.order(&[(&product, 1)]).await.text("id"),
    ];
    let key = fresh_key();
    user.command(format!("/api/v1/orders/{one}/cancel")).key(&key).await.expect(200);
    user.command(format!("/api/v1/orders/{other}/cancel"))
        .key(&key)
        .await
        .problem(422, "idempotency-key-reused");
    assert_eq!(user.get(format!("/api/v1/orders/{other}")).await.data()["status"], "pending");
}

#[tokio::test]
async fn refusals_are_not_stored() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 1).await;
    let key = fresh_key();
    let post = |body: Value| user.post("/api/v1/orders", &body).key(&key);
    post(json!({ "items": [] })).await.problem(422, "invalid-request");
    post(json!({ "items": "none" })).await.problem(422, "invalid-request");
    post(order(&product, 2)).await.problem(409, "out-of-stock");
    post(order("prd_01h455vb4pex5vsknk084sn02q", 1)).await.problem(422, "invalid-request");
    let adjust = format!("/api/v1/products/{product}/stock-adjustments");
    admin.post(adjust, &json!({ "delta": 1, "reason": "delivery" })).await.expect(200);
    let placed = post(order(&product, 2)).await.expect(201);
    assert!(!placed.replayed());
}

#[tokio::test]
async fn a_key_belongs_to_its_user_and_its_route() {
    let stack = Stack::shared();
    let (admin, one, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let key = fresh_key();
    let first = one.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201);
    let second = other.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201);
    assert!(!second.replayed());
    assert_ne!(first.text("id"), second.text("id"));
    let cancelled = one
        .command(format!("/api/v1/orders/{}/cancel", first.text("id")))
        .key(&key)
        .await
        .expect(200);
    assert!(!cancelled.replayed());
}

#[tokio::test]
async fn the_first_response_is_returned_after_later_changes() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 1).await;
    let key = fresh_key();
    let first = user.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201);
    // Out of stock, and then archived.
    is_replay(
        &first,
        &user.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201),
    );
    admin.delete(format!("/api/v1/products/{product}")).if_match("*").await.expect(204);
    is_replay(
        &first,
        &user.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201),
    );

    let key = fresh_key();
    let path = format!("/api/v1/orders/{}/cancel", first.text("id"));
    let cancelled = user.command(&path).key(&key).await.expect(200);
    is_replay(&cancelled, &user.command(&path).key(&key).await.expect(200));
    user.command(&path).key(fresh_key()).await.problem(409, "order-not-cancellable");
}

#[tokio::test]
async fn a_key_can_be_reused_after_a_day() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let key = fresh_key();
    let first = user.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201);
    for (hours, replayed) in [(23, true), (2, false)] {
        stack.clock.advance(Duration::from_secs(hours * 3600));
        let user = user.signed_out().sign_in(&user.email, PASSWORD).await;
        let again = user.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201);
        assert_eq!(again.replayed(), replayed, "after {hours} h more");
        assert_eq!(again.text("id") == first.text("id"), replayed);
    }
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_characters() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    for key in ["", "two words", "tab\tbed", &"x".repeat(256), "schlüssel"] {
        user.post("/api/v1/orders", &order(&product, 1))
            .key(key)
            .await
            .problem(400, "invalid-idempotency-key");
    }
    for key in ["~", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", &"x".repeat(255)] {
        user.post("/api/v1/orders", &order(&product, 1)).key(key).await.expect(201);
    }
}

#[tokio::test]
async fn stored_responses_are_unreadable_in_the_table() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let key = fresh_key();
    let id =
        user.post("/api/v1/orders", &order(&product, 1)).key(&key).await.expect(201).text("id");
    let items = stack.aws().items(aws::EPHEMERAL_TABLE).await;
    let records: Vec<_> = items
        .iter()
        .filter(|item| item["pk"]["S"].as_str().unwrap().starts_with("IDEMPOTENCY#"))
        .collect();
    assert_eq!(records.len(), 1);
    let text = serde_json::to_string(&records).unwrap();
    assert!(!text.contains(&key) && !text.contains(&id), "{text}");
    assert!(
        records[0]["expiresAt"]["N"].as_str().is_some_and(|time| time.parse::<i64>().is_ok()),
        "the record must expire"
    );
}
