//! One key is one order.

use builder_tests::{Stack, catalogue, fresh_key};
use futures::future::join_all;
use serde_json::json;

use crate::{statuses, walk};

const TIMES: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_with_one_key_create_one_order() {
    let stack = Stack::own().unlimited().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::stocked(&admin, 1_000).await;
    let key = fresh_key();
    let body = json!({ "items": [{ "productId": product, "quantity": 3 }] });
    let requests = (0..TIMES).map(|_| {
        let request = user.post("/api/v1/orders", &body).key(&key);
        tokio::spawn(async move { request.await })
    });
    let answers: Vec<_> =
        join_all(requests).await.into_iter().map(|answer| answer.unwrap()).collect();
    assert_eq!(statuses(&answers).into_iter().collect::<Vec<_>>(), [(201, TIMES)]);
    for answer in &answers {
        assert_eq!(answer.body, answers[0].body);
        for header in ["location", "etag", "content-type"] {
            assert_eq!(answer.header(header), answers[0].header(header), "{header}");
        }
    }
    let replayed = answers.iter().filter(|answer| answer.replayed()).count();
    let orders = walk(&user, "/api/v1/orders?limit=100").await.len();
    let stock = catalogue::stock_of(&user, &product).await;
    println!(
        "idempotency: one key {TIMES} times in parallel, {orders} order, {replayed} replays, {} \
         pieces sold",
        1_000 - stock
    );
    assert_eq!((orders, replayed, stock), (1, TIMES - 1, 997));
}
