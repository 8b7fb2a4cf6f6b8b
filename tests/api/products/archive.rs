//! `DELETE /api/v1/products/{id}`

use builder_tests::{Stack, catalogue};
use serde_json::json;

use super::path;

#[tokio::test]
async fn an_archived_product_is_not_listed_and_cannot_be_ordered() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::create(&admin, json!({})).await;
    let etag = admin.get(path(&id)).await.expect(200).etag();
    admin.delete(path(&id)).if_match(&etag).await.expect(204);
    user.order(&[(&id, 1)]).await.problem(422, "invalid-request").at(&["/items/0/productId"]);
    let listed = user.get("/api/v1/products?limit=100").await.expect(200).data().to_string();
    assert!(!listed.contains(&id));
    admin.delete(path(&id)).if_match("*").await.expect(204);
    admin.delete(path(&id)).if_match(&etag).await.problem(412, "precondition-failed");
}

#[tokio::test]
async fn archiving_requires_if_match() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let id = catalogue::create(&admin, json!({})).await;
    let stale = admin.get(path(&id)).await.expect(200).etag();
    admin.delete(path(&id)).await.problem(428, "precondition-required");
    admin.patch(path(&id), &json!({ "name": "Mug, red" })).if_match(&stale).await.expect(200);
    admin.delete(path(&id)).if_match(&stale).await.problem(412, "precondition-failed");
    assert_eq!(admin.get(path(&id)).await.expect(200).data()["status"], "active");
}

#[tokio::test]
async fn only_admins_can_archive_existing_products() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::create(&admin, json!({})).await;
    user.delete(path(&id)).if_match("*").await.problem(403, "forbidden");
    for unknown in ["prd_01h455vb4pex5vsknk084sn02q", "1"] {
        admin.delete(path(unknown)).if_match("*").await.problem(404, "not-found");
    }
}
