//! The change feed under many writers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use builder_tests::{Client, Stack, aws, catalogue};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::persist;

const WRITERS: usize = 8;
const ORDERS: usize = 30;

/// Follows the feed until `done` and then to its end: what came, in the order in which it came.
async fn follow(client: Client, done: Arc<AtomicBool>) -> (Vec<Value>, usize) {
    let (mut events, mut after, mut parts) = (Vec::new(), String::new(), 0);
    loop {
        let last = done.load(Ordering::SeqCst);
        let part =
            persist(client.get(format!("/api/v1/events?limit=37{after}"))).await.expect(200).json();
        parts += 1;
        let found = part["data"].as_array().unwrap();
        events.extend(found.clone());
        after = format!("&cursor={}", part["pagination"]["cursor"].as_str().unwrap());
        if last && part["pagination"]["hasMore"] == false {
            return (events, parts);
        }
    }
}

fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_in_the_feed_once_and_never_behind_a_cursor() {
    let stack = Stack::own().unlimited().assert_idle().start();
    let admin = stack.admin().await;
    let product = catalogue::create(&admin, json!({ "stock": 1_000_000 })).await;
    let users = join_all((0..WRITERS).map(|_| stack.user())).await;
    let done = Arc::new(AtomicBool::new(false));
    let all = tokio::spawn(follow((*admin).clone(), done.clone()));
    let own = tokio::spawn(follow((*users[0]).clone(), done.clone()));
    let writers = users.iter().map(|user| {
        let (user, product) = (user.clone(), product.clone());
        tokio::spawn(async move {
            for number in 0..ORDERS {
                let order = json!({ "items": [{ "productId": product, "quantity": 1 }] });
                let id = persist(user.post("/api/v1/orders", &order)).await.expect(201).text("id");
                if number % 2 == 0 {
                    persist(user.command(format!("/api/v1/orders/{id}/cancel"))).await.expect(200);
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    stack.wait_until_idle().await;
    done.store(true, Ordering::SeqCst);
    let ((events, parts), (own, _)) = (all.await.unwrap(), own.await.unwrap());

    let items = stack.aws().items(aws::DATA_TABLE).await;
    let is_event =
        |item: &&Value| item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("EVENT#"));
    let stored: BTreeSet<&str> =
        items.iter().filter(is_event).map(|item| item["id"]["S"].as_str().unwrap()).collect();
    let seen: BTreeSet<&str> = ids(&events).into_iter().collect();
    let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
    for event in &events {
        let version = versions.entry(event["resource"]["id"].as_str().unwrap()).or_default();
        *version += 1;
        assert_eq!(event["version"], *version, "the order of its versions: {event}");
    }
    let owner = users[0].id().await;
    let of_owner: Vec<_> =
        events.iter().filter(|event| event["resource"]["ownerId"] == owner).cloned().collect();
    let again = follow((*admin).clone(), done).await.0;
    let report = stack.invoke("verify-audit", json!({})).await.unwrap();
    println!(
        "feed: {WRITERS} writers, {} events of {} things stored, {} followed in {parts} parts, {} \
         of them one owner's; read again in the same order; {} links whole",
        stored.len(),
        versions.len(),
        events.len(),
        own.len(),
        report["checked"]
    );
    assert_eq!(seen.len(), events.len(), "none twice");
    assert_eq!(seen, stored, "none missed");
    assert_eq!(ids(&own), ids(&of_owner));
    assert_eq!(ids(&again), ids(&events), "nothing was inserted");
    assert_eq!(report["checked"], stored.len());
    assert!(events.len() >= WRITERS * ORDERS * 3 / 2);
}
