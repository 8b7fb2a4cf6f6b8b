//! The audit trail and its verification.

mod feed;
mod kinds;
mod search;
mod verify;

use std::time::Duration;

use builder_tests::Client;
use serde_json::Value;

/// Returns the feed from its beginning, once `complete` returns true.
pub(crate) async fn feed(client: &Client, complete: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    for _ in 0..5_000 {
        let events = from_the_beginning(client).await;
        if complete(&events) {
            return events;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the feed contains only {:?}", types(&from_the_beginning(client).await));
}

async fn from_the_beginning(client: &Client) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), String::new());
    loop {
        let part = client.get(format!("/api/v1/events?limit=100{after}")).await.expect(200).json();
        events.extend(part["data"].as_array().unwrap().clone());
        after = format!("&cursor={}", part["pagination"]["cursor"].as_str().unwrap());
        if part["pagination"]["hasMore"] == false {
            return events;
        }
    }
}

/// Returns the types of events, in order.
pub(crate) fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}
