//! `GET /api/v1/orders/{id}/events`

use builder_tests::{Stack, catalogue};
use serde_json::json;

fn path(id: &str) -> String {
    format!("{}/events", super::path(id))
}

#[tokio::test]
async fn events_have_actor_time_and_request() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let order = json!({ "items": [{ "productId": mug, "quantity": 2 }] });
    let placed =
        user.post("/api/v1/orders", &order).header("x-request-id", "placing-it").await.expect(201);
    let id = placed.text("id");
    admin
        .command(format!("{}/cancel", super::path(&id)))
        .header("x-request-id", "cancelling-it")
        .await
        .expect(200);

    let events = user.get(path(&id)).await.expect(200).data();
    let [last, first] = [0, 1].map(|index| events[index].clone());
    assert_eq!(events.as_array().unwrap().len(), 2);
    assert_eq!(
        (&last["type"], &last["version"], &last["requestId"]),
        (&json!("order.cancelled"), &json!(2), &json!("cancelling-it"))
    );
    assert_eq!(
        (&first["type"], &first["version"], &first["requestId"]),
        (&json!("order.placed"), &json!(1), &json!("placing-it"))
    );
    assert_eq!(first["actor"], json!({ "type": "user", "id": user.id().await }));
    assert_eq!(last["actor"], json!({ "type": "user", "id": admin.id().await }));
    assert_eq!(last["data"]["reason"], "requested_by_admin");
    assert_eq!(
        (&first["data"]["items"][0]["quantity"], &first["data"]["total"]),
        (&json!(2), &placed.data()["total"])
    );
    assert_eq!(first["at"], placed.data()["createdAt"]);
    assert!(first["id"].as_str().unwrap().starts_with("evt_") && first["id"] != last["id"]);
    let text = events.to_string();
    assert!(
        !text.contains(&user.email) && !text.contains("Ada"),
        "events must not contain personal data: {text}"
    );
}

#[tokio::test]
async fn events_are_paginated() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let id = user.order(&[(&mug, 1)]).await.expect(201).text("id");
    user.command(format!("{}/cancel", super::path(&id))).await.expect(200);
    let first = user.get(format!("{}?limit=1", path(&id))).await.expect(200).json();
    assert_eq!(
        (&first["data"][0]["version"], &first["pagination"]["hasMore"]),
        (&json!(2), &json!(true))
    );
    let cursor = first["pagination"]["cursor"].as_str().unwrap();
    let rest = user.get(format!("{}?cursor={cursor}", path(&id))).await.expect(200).json();
    assert_eq!(
        (&rest["data"][0]["version"], &rest["pagination"]),
        (&json!(1), &json!({ "cursor": null, "hasMore": false }))
    );
}

#[tokio::test]
async fn events_are_visible_to_owner_and_admins() {
    let stack = Stack::shared();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let id = user.order(&[(&mug, 1)]).await.expect(201).text("id");
    assert_eq!(
        admin.get(path(&id)).await.expect(200).data(),
        user.get(path(&id)).await.expect(200).data()
    );
    other.get(path(&id)).await.problem(404, "not-found");
}
