//! `POST /api/v1/products/{id}/stock-adjustments`

use builder_tests::{Stack, catalogue};
use futures::future::join_all;
use serde_json::{Value, json};

fn path(id: &str) -> String {
    format!("{}/stock-adjustments", super::path(id))
}

fn by(delta: i64) -> Value {
    json!({ "delta": delta, "reason": "stock-taking" })
}

#[tokio::test]
async fn stock_is_increased_and_reduced() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::stocked(&admin, 5).await;
    for (delta, stock) in [(20, 25), (-25, 0), (1, 1)] {
        let adjusted = admin.post(path(&id), &by(delta)).await.expect(200);
        assert_eq!(adjusted.data()["stock"], stock);
        assert!(adjusted.header("location").is_none(), "nothing was created");
        let read = user.get(super::path(&id)).await.expect(200);
        assert_eq!((read.data(), read.etag()), (adjusted.data(), adjusted.etag()));
    }
}

#[tokio::test]
async fn stock_outside_its_limits_is_rejected() {
    let admin = Stack::shared().admin().await;
    let id = catalogue::stocked(&admin, 5).await;
    admin.post(path(&id), &by(-6)).await.problem(409, "insufficient-stock");
    admin.post(path(&id), &by(999_999_996)).await.problem(409, "stock-too-large");
    assert_eq!(catalogue::stock_of(&admin, &id).await, 5);
    let uncounted = catalogue::create(&admin, json!({})).await;
    admin.post(path(&uncounted), &by(1)).await.problem(409, "stock-not-tracked");
}

#[tokio::test]
async fn every_error_has_its_pointer() {
    let admin = Stack::shared().admin().await;
    let id = catalogue::stocked(&admin, 5).await;
    for (body, pointers) in [
        (json!({ "delta": 0, "reason": "" }), vec!["/delta", "/reason"]),
        (json!({ "delta": 1_000_000_001, "reason": "x" }), vec!["/delta"]),
        (json!({ "delta": -1_000_000_001, "reason": "x" }), vec!["/delta"]),
        (json!({ "delta": 1.5, "reason": "x" }), vec!["/delta"]),
        (json!({ "delta": 1, "reason": "x".repeat(201) }), vec!["/reason"]),
        (json!({ "delta": 1, "reason": null }), vec!["/reason"]),
        (json!({ "delta": 1, "reason": "x", "stock": 5 }), vec!["/stock"]),
    ] {
        admin.post(path(&id), &body).await.problem(422, "invalid-request").at(&pointers);
    }
}

#[tokio::test]
async fn concurrent_adjustments_are_all_applied() {
    let stack = Stack::shared();
    let admin = stack.admin().await;
    let id = catalogue::stocked(&admin, 100).await;
    let adjustments = (1..=10).map(|delta| {
        let (admin, path) = (admin.clone(), path(&id));
        async move {
            admin.post(path, &by(if delta % 2 == 0 { delta } else { -delta })).await.expect(200)
        }
    });
    join_all(adjustments).await;
    assert_eq!(catalogue::stock_of(&admin, &id).await, 100 + 5);
}

#[tokio::test]
async fn only_admins_can_adjust_the_stock_of_existing_products() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = catalogue::stocked(&admin, 5).await;
    user.post(path(&id), &by(1)).await.problem(403, "forbidden");
    admin.post(path("prd_01h455vb4pex5vsknk084sn02q"), &by(1)).await.problem(404, "not-found");
    admin.delete(super::path(&id)).if_match("*").await.expect(204);
    admin.post(path(&id), &by(1)).await.expect(200);
}
