//! `PATCH /api/v1/products/{id}`

use builder_tests::{Stack, catalogue};
use serde_json::{Value, json};

use super::path;

#[tokio::test]
async fn only_sent_members_are_changed() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::stocked(&admin, 7).await;
    let mut expected = admin.get(path(&id)).await.expect(200).data();
    for changes in [
        json!({ "name": "Mug, red" }),
        json!({ "description": "" }),
        json!({ "unitPrice": { "amount": 999, "currency": "USD" } }),
        json!({ "taxPercent": "7.0" }),
        json!({ "sku": catalogue::fresh_sku() }),
        json!({ "name": "Mug, green", "taxPercent": "0" }),
    ] {
        let before = admin.get(path(&id)).await.expect(200);
        let after = admin.patch(path(&id), &changes).if_match(before.etag()).await.expect(200);
        assert_ne!(after.etag(), before.etag());
        expected = catalogue::with(expected, changes.clone());
        if changes["taxPercent"] == "7.0" {
            expected["taxPercent"] = json!("7");
        }
        expected["updatedAt"] = after.data()["updatedAt"].clone();
        assert_eq!(after.data(), expected);
        let read = user.get(path(&id)).await.expect(200);
        assert_eq!((read.data(), read.etag()), (expected.clone(), after.etag()));
    }
}

#[tokio::test]
async fn changes_require_if_match() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let id = catalogue::create(&admin, json!({})).await;
    let body = json!({ "name": "Mug, red" });
    let stale = admin.get(path(&id)).await.expect(200).etag();
    admin.patch(path(&id), &body).await.problem(428, "precondition-required");
    let after = admin.patch(path(&id), &body).if_match(&stale).await.expect(200);
    admin
        .patch(path(&id), &json!({ "name": "lost" }))
        .if_match(&stale)
        .await
        .problem(412, "precondition-failed");
    let same = admin.patch(path(&id), &body).if_match(after.etag()).await.expect(200);
    assert_eq!((same.etag(), same.data()), (after.etag(), after.data()), "nothing has changed");
    let nothing = admin.patch(path(&id), &json!({})).if_match(after.etag()).await.expect(200);
    assert_eq!(nothing.etag(), after.etag());
}

#[tokio::test]
async fn one_of_two_changes_of_the_same_version_succeeds() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let id = catalogue::create(&admin, json!({})).await;
    let etag = admin.get(path(&id)).await.expect(200).etag();
    let changes = (0..8).map(|number| {
        let (admin, path, etag) = (admin.clone(), path(&id), etag.clone());
        async move {
            admin
                .patch(path, &json!({ "name": format!("Mug {number}") }))
                .if_match(etag)
                .await
                .status
        }
    });
    let mut statuses = futures::future::join_all(changes).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}

#[tokio::test]
async fn every_error_has_its_pointer() {
    let admin = Stack::shared().admin().await;
    let id = catalogue::create(&admin, json!({})).await;
    for (changes, pointers) in [
        (json!({ "name": "", "taxPercent": "x" }), vec!["/name", "/taxPercent"]),
        (json!({ "name": null }), vec!["/name"]),
        (json!({ "description": null }), vec!["/description"]),
        (json!({ "unitPrice": { "amount": 1 } }), vec!["/unitPrice/currency"]),
        (
            json!({ "unitPrice": { "amount": -1, "currency": "eur" } }),
            vec!["/unitPrice/amount", "/unitPrice/currency"],
        ),
        (json!({ "sku": "a b" }), vec!["/sku"]),
        (json!({ "stock": 5 }), vec!["/stock"]),
        (json!({ "status": "archived" }), vec!["/status"]),
    ] {
        admin
            .patch(path(&id), &changes)
            .if_match("*")
            .await
            .problem(422, "invalid-request")
            .at(&pointers);
    }
}

#[tokio::test]
async fn a_changed_sku_becomes_available() {
    let admin = Stack::shared().admin().await;
    let sku = |body: &Value| body["sku"].as_str().unwrap().to_owned();
    let (one, other) = (catalogue::product(), catalogue::product());
    let first = admin.post("/api/v1/products", &one).await.expect(201).text("id");
    admin.post("/api/v1/products", &other).await.expect(201);
    admin
        .patch(path(&first), &json!({ "sku": sku(&other) }))
        .if_match("*")
        .await
        .problem(409, "sku-taken")
        .at(&["/sku"]);
    admin
        .patch(path(&first), &json!({ "sku": catalogue::fresh_sku() }))
        .if_match("*")
        .await
        .expect(200);
    admin
        .post(
            "/api/v1/products",
            &catalogue::with(catalogue::product(), json!({ "sku": sku(&one) })),
        )
        .await
        .expect(201);
}

#[tokio::test]
async fn an_archived_product_cannot_be_changed() {
    let admin = Stack::shared().admin().await;
    let id = catalogue::create(&admin, json!({})).await;
    admin.delete(path(&id)).if_match("*").await.expect(204);
    admin
        .patch(path(&id), &json!({ "name": "Mug, red" }))
        .if_match("*")
        .await
        .problem(409, "product-archived");
}

#[tokio::test]
async fn orders_keep_prices_and_names() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&id, 1)]).await.expect(201);
    let changes = json!({ "name": "Mug, dear", "unitPrice": { "amount": 9999, "currency": "EUR" }, "taxPercent": "7" });
    admin.patch(path(&id), &changes).if_match("*").await.expect(200);
    assert_eq!(user.get(order.required("location")).await.expect(200).data(), order.data());
}

#[tokio::test]
async fn only_admins_can_change_existing_products() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::create(&admin, json!({})).await;
    user.patch(path(&id), &json!({ "name": "free mug" }))
        .if_match("*")
        .await
        .problem(403, "forbidden");
    admin
        .patch(path("prd_01h455vb4pex5vsknk084sn02q"), &json!({ "name": "x" }))
        .if_match("*")
        .await
        .problem(404, "not-found");
}
