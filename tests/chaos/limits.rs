//! Limits are exact under any concurrency.

use builder_tests::{Client, Setup, Stack};
use futures::future::join_all;

use crate::statuses;

const CLIENTS: usize = 50;

/// Returns a setup with the deployed limits, only without the gateway's own throttle.
fn limited() -> Setup {
    Stack::own()
        .frozen_clock()
        .parameter("ThrottleRate", "1000000")
        .parameter("ThrottleBurst", "1000000")
}

/// Makes calls, up to `CLIENTS` of them concurrently. (All at once would be as many cold starts,
/// and test this machine.)
async fn calls(client: &Client, path: &'static str, count: usize) -> Vec<(u16, usize)> {
    let clients = (0..CLIENTS).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..count / CLIENTS {
                answers.push(client.get(path).await);
            }
            answers
        })
    });
    let answers: Vec<_> =
        join_all(clients).await.into_iter().flat_map(|answers| answers.unwrap()).collect();
    assert_eq!(answers.len(), count);
    statuses(&answers).into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_1000_of_1500_concurrent_calls_of_a_user_pass() {
    let stack = limited().start();
    let user = stack.user().await;
    let counted = calls(&user, "/api/v1/me", 1_500).await;
    println!("limits: 1500 parallel calls of one user, by status {counted:?}");
    assert_eq!(counted, [(200, 1_000), (429, 500)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_100_of_150_concurrent_calls_of_an_address_pass() {
    let stack = limited().start();
    let visitor = stack.visitor();
    let counted = calls(&visitor, "/.well-known/jwks.json", 150).await;
    println!("limits: 150 parallel calls of one address, by status {counted:?}");
    assert_eq!(counted, [(200, 100), (429, 50)]);
}
