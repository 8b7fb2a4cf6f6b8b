//! `POST /api/v1/hooks/stripe`

use builder_store::Clock as _;
use builder_tests::{GOOD_CARD, Stack, catalogue, stripe_signature};
use serde_json::json;

use super::path;

const HOOK: &str = "/api/v1/hooks/stripe";

#[tokio::test]
async fn only_signed_and_recent_webhooks_are_accepted() {
    let stack = Stack::shared();
    let now = stack.clock.now().as_second();
    let body =
        json!({ "id": "evt_1", "type": "charge.captured", "data": { "object": { "id": "ch_1", "object": "charge" } } }).to_string();
    let post = |signature: Option<String>, body: &str| {
        let request = stack
            .visitor()
            .request(reqwest::Method::POST, HOOK)
            .body("application/json", body.as_bytes().to_vec());
        signature
            .into_iter()
            .fold(request, |request, value| request.header("stripe-signature", value))
    };
    post(Some(stripe_signature(now, &body)), &body).await.expect(204);
    post(Some(stripe_signature(now, &body)), &body).await.expect(204);
    post(None, &body).await.problem(400, "invalid-signature");
    post(Some(stripe_signature(now, &body)), &format!("{body} "))
        .await
        .problem(400, "invalid-signature");
    post(Some(stripe_signature(now - 301, &body)), &body).await.problem(400, "invalid-signature");
    post(Some("t=x,v1=00".to_owned()), &body).await.problem(400, "invalid-signature");
    post(Some(stripe_signature(now, "{}")), "{}").await.problem(400, "malformed-request");
    // Unknown events are recorded and ignored.
    let unknown =
        json!({ "id": "evt_2", "type": "customer.created", "data": { "object": { "id": "cus_1", "object": "customer" } } })
            .to_string();
    post(Some(stripe_signature(now, &unknown)), &unknown).await.expect(204);
}

#[tokio::test]
async fn a_payment_is_settled_once_for_any_order_of_webhooks() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let product = catalogue::create(&stack.admin().await, json!({})).await;
    stack.stripe_webhooks(json!({ "double": 1.0, "delay": 0.5, "delay_ms": 300 })).await;
    let (order, payment) = user.pay(&stack, &[(&product, 1)], GOOD_CARD).await;
    user.wait_for(&path(&payment), "status", "succeeded").await;
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    stack.wait_until_idle().await;
    let events = user.get(format!("/api/v1/orders/{order}/events")).await.expect(200).data();
    let paid =
        events.as_array().unwrap().iter().filter(|event| event["type"] == "order.paid").count();
    let balances = stack.admin().await.get("/api/v1/ledger/balances").await.expect(200).data();
    println!("every webhook twice: {paid} order.paid, {}", balances["balances"]);
    assert_eq!(paid, 1);
}
