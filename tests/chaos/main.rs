//! Invariants under races, faults and `kill -9`. Each test prints its counts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod faults;
mod feed;
mod idempotency;
mod kill;
mod limits;
mod money;
mod paging;
mod refresh;
mod registration;
mod sequencers;
mod stock;

use std::collections::BTreeMap;
use std::time::Duration;

use builder_tests::{Answer, Client, Request};
use serde_json::Value;

/// Repeats a request as long as the response is a 503, which promises that repeating is safe.
pub(crate) async fn persist(request: Request) -> Answer {
    let mut answer = request.clone().await;
    for _ in 0..60 {
        if answer.status != 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(fastrand::u64(5..50))).await;
        answer = request.clone().await;
    }
    answer
}

/// Returns every row of a list, page by page.
pub(crate) async fn walk(client: &Client, path: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = persist(client.get(format!("{path}{cursor}"))).await.expect(200).json();
        rows.extend(page["data"].as_array().unwrap().clone());
        match page["pagination"]["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

/// Counts the responses by status.
pub(crate) fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    answers.iter().fold(BTreeMap::new(), |mut counts, answer| {
        *counts.entry(answer.status).or_default() += 1;
        counts
    })
}
