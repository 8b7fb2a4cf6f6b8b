//! The job `expire-orders`

use std::time::Duration;

use builder_tests::{PASSWORD, Stack, catalogue};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn an_unpaid_order_expires_after_a_day_and_returns_its_stock() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::stocked(&admin, 10).await;
    let early = user.order(&[(&mug, 2)]).await.expect(201).text("id");
    let cancelled = user.order(&[(&mug, 3)]).await.expect(201).text("id");
    user.command(format!("{}/cancel", super::path(&cancelled))).await.expect(200);
    // Tokens are valid for an hour, so users sign in again.
    let later = |hours: u32| {
        stack.clock.advance(HOUR * hours);
        let (visitor, email) = (user.signed_out(), user.email.clone());
        async move { visitor.sign_in(&email, PASSWORD).await }
    };
    let user = later(23).await;
    let late = user.order(&[(&mug, 4)]).await.expect(201).text("id");
    assert_eq!(stack.invoke("expire-orders", json!({})).await.unwrap()["expired"], 0);
    assert_eq!(catalogue::stock_of(&user, &mug).await, 4);

    let user = later(2).await;
    assert_eq!(stack.invoke("expire-orders", json!({})).await.unwrap()["expired"], 1);
    let order = user.get(super::path(&early)).await.expect(200).data();
    assert_eq!(
        (&order["status"], &order["cancelReason"]),
        (&json!("cancelled"), &json!("expired"))
    );
    assert_eq!(user.get(super::path(&late)).await.expect(200).data()["status"], "pending");
    assert_eq!(
        user.get(super::path(&cancelled)).await.expect(200).data()["cancelReason"],
        "requested_by_customer"
    );
    assert_eq!(catalogue::stock_of(&user, &mug).await, 6);
    let event =
        user.get(format!("{}/events?limit=1", super::path(&early))).await.expect(200).data()[0]
            .clone();
    assert_eq!(
        (&event["type"], &event["actor"]),
        (&json!("order.expired"), &json!({ "type": "system" }))
    );
    user.command(format!("{}/cancel", super::path(&early)))
        .await
        .problem(409, "order-not-cancellable");

    stack.wait_until_idle().await;
    let mails = stack.mails(&user.email).await;
    let expired: Vec<_> =
        mails.iter().filter(|mail| mail.subject.contains("has expired")).collect();
    assert_eq!(expired.len(), 1);
    assert!(expired[0].subject.contains(&early) && expired[0].html.contains("expired"));

    assert_eq!(
        stack.invoke("expire-orders", json!({})).await.unwrap()["expired"],
        0,
        "expected one mail per order"
    );
    assert_eq!(catalogue::stock_of(&user, &mug).await, 6);
}

#[tokio::test]
async fn many_orders_expire_in_one_run_even_with_concurrent_runs() {
    let stack = Stack::own().unlimited().frozen_clock().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::stocked(&admin, 60).await;
    for _ in 0..30 {
        user.order(&[(&mug, 2)]).await.expect(201);
    }
    stack.clock.advance(25 * HOUR);
    let (one, other) = tokio::join!(
        stack.invoke("expire-orders", json!({})),
        stack.invoke("expire-orders", json!({}))
    );
    let count = |run: anyhow::Result<serde_json::Value>| run.unwrap()["expired"].as_u64().unwrap();
    assert_eq!(count(one) + count(other), 30);
    let user = user.signed_out().sign_in(&user.email, PASSWORD).await;
    assert_eq!(catalogue::stock_of(&user, &mug).await, 60);
    assert_eq!(user.get("/api/v1/orders?status=pending").await.expect(200).data(), json!([]));
}
