//! `GET /api/v1/events`

use builder_tests::{Stack, catalogue};
use serde_json::json;

use super::{feed, types};

const PATH: &str = "/api/v1/events";

#[tokio::test]
async fn users_read_their_own_events_and_admins_all() {
    let stack = Stack::own().start();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let foreign = other.order(&[(&product, 1)]).await.expect(201).text("id");
    admin.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);

    let own = feed(&user, |events| types(events).contains(&"order.cancelled")).await;
    let id = user.id().await;
    assert!(own.iter().all(|event| event["resource"]["ownerId"] == id), "{own:#?}");
    assert_eq!(types(&own)[0], "user.registered");
    let cancelled = own.last().unwrap();
    assert_eq!(cancelled["resource"], json!({ "type": "order", "id": order, "ownerId": id }));
    assert_eq!(
        (&cancelled["version"], &cancelled["actor"]["id"]),
        (&json!(2), &json!(admin.id().await))
    );
    assert!(
        !json!(own).to_string().contains(&user.email),
        "the feed must not contain personal data"
    );

    let all = feed(&admin, |events| types(events).contains(&"order.cancelled")).await;
    assert!(all.iter().any(|event| event["resource"]["id"] == foreign));
    assert!(
        all.iter().any(|event| event["type"] == "product.created"
            && event["resource"].get("ownerId").is_none())
    );
    let of_user: Vec<_> =
        all.into_iter().filter(|event| event["resource"]["ownerId"] == id).collect();
    assert_eq!(of_user, own, "all users must see the same order of events");
}

#[tokio::test]
async fn a_cursor_continues_after_the_last_event() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let seen = feed(&user, |events| types(events).contains(&"user.verified")).await;
    let (mut one_by_one, mut after) = (Vec::new(), String::new());
    while one_by_one.len() < seen.len() {
        let part = user.get(format!("{PATH}?limit=1{after}")).await.expect(200).json();
        one_by_one.extend(part["data"].as_array().unwrap().clone());
        after = format!("&cursor={}", part["pagination"]["cursor"].as_str().unwrap());
    }
    assert_eq!(one_by_one, seen);

    user.order(&[(&product, 1)]).await.expect(201);
    stack.wait_until_idle().await;
    let part = user
        .get(format!("{PATH}?types=order.placed,order.cancelled{after}"))
        .await
        .expect(200)
        .json();
    assert_eq!(types(part["data"].as_array().unwrap()), ["order.placed"]);
    let end = part["pagination"]["cursor"].as_str().unwrap();
    assert_eq!(part["pagination"]["hasMore"], false);
    let part = user.get(format!("{PATH}?cursor={end}")).await.expect(200).json();
    assert_eq!(
        (part["data"].as_array().map(Vec::len), part["pagination"]["cursor"].is_string()),
        (Some(0), true)
    );
    let none = user.get(format!("{PATH}?types=product.created")).await.expect(200).json();
    assert_eq!(none["data"], json!([]), "events without this owner are not listed");

    let problem = admin.get(format!("{PATH}?cursor={end}")).await.problem(422, "invalid-request");
    assert_eq!(problem.pointers(), ["?cursor"], "the cursor of another user");
    for types in ["", "order", "order.placed;x", ".placed", "Order.Placed"] {
        let problem =
            user.get(format!("{PATH}?types={types}")).await.problem(422, "invalid-request");
        assert_eq!(problem.pointers(), ["?types"], "{types}");
    }
}

#[tokio::test]
async fn events_lost_by_the_stream_are_recovered() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let aws = stack.aws();
    stack.wait_until_idle().await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    stack.wait_until_idle().await;
    let whole = feed(&admin, |_| true).await;
    // As if the stream had lost an event: the next event of the same aggregate recovers the
    // previous one.
    aws.lose_last_of_feed().await;
    assert_eq!(feed(&admin, |_| true).await.len(), whole.len() - 1);
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    stack.wait_until_idle().await;
    let healed = feed(&admin, |_| true).await;
    assert_eq!(healed[..whole.len()], whole);
    assert_eq!(types(&healed).last(), Some(&"order.cancelled"));

    // The daily job recovers it if no further event follows.
    aws.lose_last_of_feed().await;
    let sealed = stack.invoke("seal-audit", json!({})).await.unwrap();
    assert_eq!((&sealed["found"], &sealed["position"]), (&json!(1), &json!(healed.len())));
    assert_eq!(feed(&admin, |_| true).await, healed);
    let report = stack.invoke("verify-audit", json!({})).await.unwrap();
    assert_eq!(
        (&report["checked"], &report["heads"], &report["complete"]),
        (&json!(healed.len()), &json!(1), &json!(true))
    );
}
