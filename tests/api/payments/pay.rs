//! `POST /api/v1/orders/{id}/payments`, `GET /api/v1/payments/{id}`, `GET
//! /api/v1/orders/{id}/payments`, `POST /api/v1/orders/{id}/complete`

use builder_tests::{GOOD_CARD, Stack, catalogue};
use serde_json::{Value, json};

use super::path;
use crate::orders;

#[tokio::test]
async fn an_order_is_paid_and_completed() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let product = catalogue::stocked(&admin, 5).await;
    let order = user.order(&[(&product, 2)]).await.expect(201);
    let id = order.text("id");
    assert_eq!(
        user.get(format!("/api/v1/orders/{id}/payments")).await.expect(200).data(),
        json!([])
    );

    let started = user.start_payment(&id).await.expect(201);
    let payment = started.text("id");
    assert_eq!(started.required("location"), path(&payment));
    assert_eq!(
        (started.text("status"), started.data()["amount"].clone()),
        ("open".to_owned(), order.data()["total"].clone())
    );
    let paid = stack.pay_with_card(&started.text("clientSecret"), GOOD_CARD).await;
    assert_eq!(paid["status"], "succeeded", "{paid}");

    let seen = user.wait_for(&path(&payment), "status", "succeeded").await;
    assert!(seen["clientSecret"].is_null() && seen["succeededAt"].is_string(), "{seen}");
    let order = user.get(orders::path(&id)).await.expect(200).data();
    assert_eq!((&order["status"], &order["paymentId"]), (&json!("processing"), &json!(payment)));
    assert_eq!(
        user.get(format!("/api/v1/orders/{id}/payments")).await.expect(200).data(),
        json!([seen])
    );
    user.command(format!("/api/v1/orders/{id}/cancel")).await.problem(409, "order-not-cancellable");
    user.start_payment(&id).await.problem(409, "order-not-payable");

    user.command(format!("/api/v1/orders/{id}/complete")).await.problem(403, "forbidden");
    let complete = || admin.command(format!("/api/v1/orders/{id}/complete")).key("complete");
    let completed = complete().await.expect(200);
    assert_eq!(completed.text("status"), "completed");
    assert!(complete().await.expect(200).replayed());
    admin
        .command(format!("/api/v1/orders/{id}/complete"))
        .await
        .problem(409, "order-not-completable");
    assert_eq!(catalogue::stock_of(&user, &product).await, 3);
}

#[tokio::test]
async fn starting_a_payment_requires_an_idempotency_key() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let product = catalogue::create(&stack.admin().await, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let path = format!("/api/v1/orders/{order}/payments");
    user.request(reqwest::Method::POST, &path).await.problem(400, "idempotency-key-required");
    let first = user.request(reqwest::Method::POST, &path).key("one").await.expect(201);
    let again = user.request(reqwest::Method::POST, &path).key("one").await.expect(201);
    assert!(again.replayed() && !first.replayed());
    assert_eq!(first.json(), again.json());
    // Another key is another request: it gets the same payment, which is still open.
    let other = user.request(reqwest::Method::POST, &path).key("two").await.expect(200);
    assert!(other.header("location").is_none(), "nothing was created");
    assert_eq!((other.replayed(), other.text("id")), (false, first.text("id")));
    assert_eq!(other.text("clientSecret"), first.text("clientSecret"));
}

#[tokio::test]
async fn twenty_concurrent_requests_create_one_payment() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let product = catalogue::create(&stack.admin().await, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let tries = (0..20).map(|_| {
        let (user, order) = (user.clone(), order.clone());
        tokio::spawn(async move {
            loop {
                let answer = user.start_payment(&order).await;
                if matches!(answer.status, 200 | 201) {
                    return answer.text("id");
                }
                assert!(matches!(answer.status, 409 | 503), "{answer:?}");
            }
        })
    });
    let mut ids = Vec::new();
    for started in tries {
        ids.push(started.await.unwrap());
    }
    ids.sort();
    ids.dedup();
    let intents =
        stack.stripe_get("/v1/payment_intents?limit=100").await["data"].as_array().unwrap().len();
    println!("20 concurrent requests: {} payment, {intents} intent at Stripe", ids.len());
    assert_eq!((ids.len(), intents), (1, 1));
}

#[tokio::test]
async fn after_a_declined_card_another_one_can_pay() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let product = catalogue::create(&stack.admin().await, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let started = user.start_payment(&order).await.expect(201);
    let refused = stack.pay_with_card(&started.text("clientSecret"), "4000000000009995").await;
    assert_eq!(refused["error"]["decline_code"], "insufficient_funds", "{refused}");
    let seen = user.wait_for(&path(&started.text("id")), "declined", "insufficient_funds").await;
    assert_eq!(seen["status"], "open");
    stack.pay_with_card(&started.text("clientSecret"), GOOD_CARD).await;
    let seen = user.wait_for(&path(&started.text("id")), "status", "succeeded").await;
    assert_eq!(seen["declined"], Value::Null);
}

#[tokio::test]
async fn a_free_order_needs_no_payment() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let free = json!({ "unitPrice": { "amount": 0, "currency": "EUR" } });
    let product = catalogue::create(&stack.admin().await, free).await;
    let order = user.order(&[(&product, 1)]).await.expect(201);
    assert_eq!(
        (order.text("status"), order.data()["paymentId"].clone()),
        ("processing".to_owned(), Value::Null)
    );
    user.start_payment(&order.text("id")).await.problem(409, "order-not-payable");
}

#[tokio::test]
async fn payments_of_other_users_are_not_found() {
    let stack = Stack::shared();
    let (user, other) = (stack.user().await, stack.user().await);
    let product = catalogue::create(&stack.admin().await, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let payment = user.start_payment(&order).await.expect(201).text("id");
    other.start_payment(&order).await.problem(404, "not-found");
    other.get(path(&payment)).await.problem(404, "not-found");
    other.get(format!("/api/v1/orders/{order}/payments")).await.problem(404, "not-found");
    stack.admin().await.get(path(&payment)).await.expect(200);
}

#[tokio::test]
async fn cancelling_an_order_cancels_its_payment() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let product = catalogue::create(&stack.admin().await, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let started = user.start_payment(&order).await.expect(201);
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    user.wait_for(&path(&started.text("id")), "status", "cancelled").await;
    let refused = stack.pay_with_card(&started.text("clientSecret"), GOOD_CARD).await;
    assert_eq!(refused["error"]["code"], "payment_intent_unexpected_state", "{refused}");
}

#[tokio::test]
async fn a_provider_outage_returns_503_with_retry_after() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    let product = catalogue::create(&stack.admin().await, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    stack.stripe_down("error").await;
    let mut tries = 0;
    let calls = loop {
        tries += 1;
        let before = stack.stripe_calls();
        let problem = user.start_payment(&order).await.problem(503, "unavailable");
        assert!(problem.answer.header("retry-after").is_some());
        if stack.stripe_calls() == before {
            break before;
        }
        assert!(tries < 40, "the breaker must open");
    };
    println!("the breaker is open after {calls} calls");
    assert_eq!(calls, 10, "the breaker must open when half of at least ten calls have failed");
    for _ in 0..20 {
        user.start_payment(&order).await.problem(503, "unavailable");
    }
    assert_eq!(
        stack.stripe_calls(),
        calls,
        "the provider must not be called while the breaker is open"
    );

    // One probe fails. Half a minute later, another one succeeds.
    stack.clock.advance(std::time::Duration::from_secs(31));
    user.start_payment(&order).await.problem(503, "unavailable");
    user.start_payment(&order).await.problem(503, "unavailable");
    assert_eq!(stack.stripe_calls(), calls + 1, "expected one probe");
    stack.stripe_up().await;
    stack.clock.advance(std::time::Duration::from_secs(31));
    let payment = user.start_payment(&order).await.expect(200).text("id");
    assert_eq!(user.start_payment(&order).await.expect(200).text("id"), payment);
    assert_eq!(
        stack.stripe_get("/v1/payment_intents").await["data"].as_array().map(Vec::len),
        Some(1)
    );
}

/// Returns the payment intent of a client secret.
fn intent_of(client_secret: &str) -> &str {
    client_secret.split_once("_secret").unwrap().0
}

#[tokio::test]
async fn starting_again_records_the_state_at_stripe() {
    let stack = Stack::own().start();
    stack.stripe_webhooks(json!({ "drop": 1.0 })).await;
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 5).await;
    let started = async || {
        let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
        (user.start_payment(&order).await.expect(201), order)
    };
    let status = async |payment: &str| user.get(path(payment)).await.expect(200).text("status");

    let (paid, order) = started().await;
    stack.pay_with_card(&paid.text("clientSecret"), GOOD_CARD).await;
    assert_eq!(status(&paid.text("id")).await, "open", "no webhook has arrived");
    user.start_payment(&order).await.problem(409, "order-not-payable");
    assert_eq!(status(&paid.text("id")).await, "succeeded");
    assert_eq!(user.get(orders::path(&order)).await.expect(200).text("status"), "processing");

    let (given_up, order) = started().await;
    assert_eq!(catalogue::stock_of(&user, &product).await, 3);
    let cancel =
        format!("/v1/payment_intents/{}/cancel", intent_of(&given_up.text("clientSecret")));
    stack.stripe_order(&cancel, &[]).await;
    user.start_payment(&order).await.problem(409, "order-not-payable");
    assert_eq!(status(&given_up.text("id")).await, "cancelled");
    assert_eq!(user.get(orders::path(&order)).await.expect(200).text("status"), "failed");
    assert_eq!(catalogue::stock_of(&user, &product).await, 4, "the stock must be returned");

    // A payment that succeeds while its order is being cancelled is refunded.
    let (late, order) = started().await;
    stack.pay_with_card(&late.text("clientSecret"), GOOD_CARD).await;
    let slow =
        json!({ "operation": "GET /v1/payment_intents/{id}", "kind": "hang_after", "ms": 1500 });
    stack.stripe_faults(json!({ "seed": 1, "webhooks": { "drop": 1.0 }, "rules": [slow] })).await;
    let again = tokio::spawn({
        let (user, order) = (user.clone(), order.clone());
        async move { user.start_payment(&order).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    again.await.unwrap().problem(409, "order-not-payable");
    stack.stripe_up().await;
    let seen = user.wait_for(&path(&late.text("id")), "status", "succeeded").await;
    let all = seen["amount"].clone();
    user.wait_until(&path(&late.text("id")), "refunded", |seen| seen["refunded"] == all).await;
}

#[tokio::test]
async fn a_payment_cancelled_at_stripe_fails_its_order() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 5).await;
    let order = user.order(&[(&product, 2)]).await.expect(201).text("id");
    let started = user.start_payment(&order).await.expect(201);
    let cancel = format!("/v1/payment_intents/{}/cancel", intent_of(&started.text("clientSecret")));
    stack.stripe_order(&cancel, &[]).await;
    user.wait_for(&orders::path(&order), "status", "failed").await;
    assert_eq!(catalogue::stock_of(&user, &product).await, 5);
    assert_eq!(user.get(path(&started.text("id"))).await.expect(200).text("status"), "cancelled");
}
