//! `GET /api/v1/products/{id}`

use builder_tests::{Stack, catalogue};
use serde_json::json;

use super::path;

#[tokio::test]
async fn signed_in_users_can_read_the_catalogue() {
    let stack = Stack::shared();
    let (admin, guest, user) = (stack.admin().await, stack.guest().await, stack.user().await);
    let id = catalogue::stocked(&admin, 3).await;
    let seen = guest.get(path(&id)).await.expect(200);
    assert_eq!(seen.data(), user.get(path(&id)).await.expect(200).data());
    assert_eq!(seen.data()["stock"], 3);
}

#[tokio::test]
async fn an_unchanged_resource_returns_304() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::stocked(&admin, 3).await;
    let first = user.get(path(&id)).await.expect(200);
    for tag in [
        first.etag(),
        format!("W/{}", first.etag()),
        "*".to_owned(),
        format!("\"other\", {}", first.etag()),
    ] {
        let same = user.get(path(&id)).if_none_match(&tag).await.expect(304);
        assert!(same.body.is_empty() && same.etag() == first.etag(), "{tag}");
    }
    // A sale changes the stock shown, but not the version for `If-Match`.
    user.order(&[(&id, 1)]).await.expect(201);
    let sold = user.get(path(&id)).if_none_match(first.etag()).await.expect(200);
    assert_eq!(sold.data()["stock"], 2);
    assert_ne!(sold.etag(), first.etag());
    admin.patch(path(&id), &json!({ "name": "Mug, red" })).if_match(first.etag()).await.expect(200);
}

#[tokio::test]
async fn archived_products_are_visible_to_admins_only() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::create(&admin, json!({})).await;
    admin.delete(path(&id)).if_match("*").await.expect(204);
    user.get(path(&id)).await.problem(404, "not-found");
    assert_eq!(admin.get(path(&id)).await.expect(200).data()["status"], "archived");
}

#[tokio::test]
async fn unknown_products_are_not_found() {
    let user = Stack::shared().user().await;
    for id in ["prd_01h455vb4pex5vsknk084sn02q", "ord_01h455vb4pex5vsknk084sn02q", "1", "prd_"] {
        user.get(path(id)).await.problem(404, "not-found");
    }
}
