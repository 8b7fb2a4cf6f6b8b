//! `GET /api/v1/orders`. Pages and cursors are in `common::paging`.

use builder_tests::{Client, Stack, catalogue};
use serde_json::json;

async fn ids(client: &Client, query: &str) -> Vec<String> {
    let rows = client.get(format!("/api/v1/orders?{query}")).await.expect(200).data();
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn users_list_their_own_orders_and_admins_all() {
    let stack = Stack::own().assert_idle().start();
    let (admin, one, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let mut orders = Vec::new();
    for buyer in [&one, &other, &one] {
        orders.push(buyer.order(&[(&mug, 1)]).await.expect(201).text("id"));
    }
    let [first, second, third] = orders.try_into().unwrap();
    one.command(format!("{}/cancel", super::path(&first))).await.expect(200);
    let (one_id, other_id) = (one.id().await, other.id().await);
    for (client, query, expected) in [
        (&one, String::new(), vec![&third, &first]),
        (&one, "status=pending".into(), vec![&third]),
        (&one, "status=cancelled".into(), vec![&first]),
        (&one, "status=completed".into(), vec![]),
        (&other, String::new(), vec![&second]),
        (&admin, String::new(), vec![&third, &second, &first]),
        (&admin, "status=pending".into(), vec![&third, &second]),
        (&admin, "status=cancelled".into(), vec![&first]),
        (&admin, format!("userId={one_id}"), vec![&third, &first]),
        (&admin, format!("userId={one_id}&status=pending"), vec![&third]),
        (&admin, format!("userId={other_id}&status=cancelled"), vec![]),
    ] {
        assert_eq!(ids(client, &query).await.iter().collect::<Vec<_>>(), expected, "{query}");
    }
}

#[tokio::test]
async fn list_items_equal_the_single_order() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let placed = user.order(&[(&mug, 1)]).await.expect(201);
    let rows = user.get("/api/v1/orders").await.expect(200).data();
    assert_eq!(rows, json!([placed.data()]));
}

#[tokio::test]
async fn pages_filtered_by_status_are_full() {
    let stack = Stack::own().unlimited().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let mut cancelled = Vec::new();
    for number in 0..12 {
        let id = user.order(&[(&mug, 1)]).await.expect(201).text("id");
        if number % 3 == 0 {
            user.command(format!("{}/cancel", super::path(&id))).await.expect(200);
            cancelled.insert(0, id);
        }
    }
    let first = user.get("/api/v1/orders?status=cancelled&limit=3").await.expect(200).json();
    assert_eq!(
        (first["data"].as_array().unwrap().len(), &first["pagination"]["hasMore"]),
        (3, &json!(true))
    );
    let cursor = first["pagination"]["cursor"].as_str().unwrap();
    let mut found: Vec<String> = first["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    found.extend(ids(&user, &format!("status=cancelled&limit=3&cursor={cursor}")).await);
    assert_eq!(found, cancelled);
}

#[tokio::test]
async fn unknown_values_and_other_users_orders_are_rejected() {
    let user = Stack::shared().user().await;
    for (query, pointer) in
        [("status=open", "?status"), ("status=", "?status"), ("userId=ada", "?userId")]
    {
        user.get(format!("/api/v1/orders?{query}"))
            .await
            .problem(422, "invalid-request")
            .at(&[pointer]);
    }
    user.get("/api/v1/orders?userId=usr_01h455vb4pex5vsknk084sn02q")
        .await
        .problem(403, "forbidden");
}
