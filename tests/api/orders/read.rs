//! `GET /api/v1/orders/{id}`

use builder_tests::{Stack, catalogue};
use serde_json::json;

use super::path;

#[tokio::test]
async fn an_order_is_visible_to_owner_and_admins() {
    let stack = Stack::shared();
    let (admin, user, other, guest) =
        (stack.admin().await, stack.user().await, stack.user().await, stack.guest().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let id = user.order(&[(&mug, 1)]).await.expect(201).text("id");
    let own = user.get(path(&id)).await.expect(200);
    assert_eq!(admin.get(path(&id)).await.expect(200).data(), own.data());
    for stranger in [&other, &guest] {
        let hidden = stranger.get(path(&id)).await.problem(404, "not-found");
        let absent =
            stranger.get(path("ord_01h455vb4pex5vsknk084sn02q")).await.problem(404, "not-found");
        assert_eq!(
            hidden.body["detail"], absent.body["detail"],
            "the response must not reveal whether the order exists"
        );
    }
}

#[tokio::test]
async fn an_unchanged_resource_returns_304() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let placed = user.order(&[(&mug, 1)]).await.expect(201);
    let at = placed.required("location");
    let same = user.get(at).if_none_match(placed.etag()).await.expect(304);
    assert!(same.body.is_empty());
    user.command(format!("{at}/cancel")).await.expect(200);
    let changed = user.get(at).if_none_match(placed.etag()).await.expect(200);
    assert_ne!(changed.etag(), placed.etag());
}
