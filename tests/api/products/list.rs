//! `GET /api/v1/products`. Pages and cursors are in `common::paging`.

use builder_tests::{Client, Stack, catalogue};
use serde_json::json;

use super::path;

async fn ids(client: &Client, query: &str) -> Vec<String> {
    let rows = client.get(format!("/api/v1/products?{query}")).await.expect(200).data();
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn admins_list_all_products_and_others_active_ones() {
    let stack = Stack::own().start();
    let (admin, guest) = (stack.admin().await, stack.guest().await);
    let sold = catalogue::create(&admin, json!({})).await;
    let gone = catalogue::create(&admin, json!({})).await;
    admin.delete(path(&gone)).if_match("*").await.expect(204);
    for (client, query, expected) in [
        (&admin, "", vec![&gone, &sold]),
        (&admin, "status=archived", vec![&gone]),
        (&admin, "status=active", vec![&sold]),
        (&guest, "", vec![&sold]),
        (&guest, "status=active", vec![&sold]),
    ] {
        assert_eq!(ids(client, query).await.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    guest.get("/api/v1/products?status=archived").await.problem(403, "forbidden");
}

#[tokio::test]
async fn list_items_equal_the_single_product() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    for stock in [json!(3), json!(0), json!(null)] {
        catalogue::create(&admin, json!({ "stock": stock })).await;
    }
    let rows = user.get("/api/v1/products").await.expect(200).data();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    for row in rows.as_array().unwrap() {
        assert_eq!(*row, user.get(path(row["id"].as_str().unwrap())).await.expect(200).data());
    }
}

#[tokio::test]
async fn an_unknown_status_is_refused() {
    let user = Stack::shared().user().await;
    for status in ["sold", "", "ACTIVE"] {
        user.get(format!("/api/v1/products?status={status}"))
            .await
            .problem(422, "invalid-request")
            .at(&["?status"]);
    }
}
