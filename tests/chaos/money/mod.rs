//! Payments under faults: no order is charged twice, nothing is lost, and the accounts match in the
//! end.
//!
//! Buyers place and pay orders while the store throttles, the payment provider fails, its webhooks
//! are dropped, duplicated, delayed and reordered, and functions, which run as processes, are
//! killed at any moment. Then the faults end, and after reconciliation everything is audited.
//!
//! A run of 1,000 orders takes some minutes: `BUILDER_TEST_ORDERS=1000 cargo test --workspace
//! --test chaos money -- --nocapture`.

mod books;
mod buyers;
mod killer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use builder_local::cloud::Faults;
use builder_local::cloud::faults::{Kind, Rule};
use builder_tests::{ADMIN, Stack};
use serde_json::json;

use crate::faults::first_admin;

const SEED: u64 = 20_261_122;
/// The default number of orders.
const ORDERS: usize = 64;
const CLIENTS: usize = 32;
/// More than can be sold.
const STOCK: i64 = 10_000;
/// Every tenth order is partly refunded (one half), once it is paid.
const REFUNDED: usize = 10;
/// Every twentieth order is cancelled while it is being paid.
const CANCELLED: usize = 20;

/// Returns the number of orders.
fn orders() -> usize {
    std::env::var("BUILDER_TEST_ORDERS").map_or(ORDERS, |orders| orders.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_faults_all_charges_have_payments_invoices_and_postings() {
    let began = Instant::now();
    let directory = tempfile::tempdir().unwrap();
    let throttle = Rule { operation: "dynamodb:*".into(), kind: Kind::Throttle, probability: 0.05 };
    let day = Faults { seed: SEED, rules: vec![throttle] };
    let stack = setup(directory.path()).faults(day).start();
    let admin = first_admin(&stack).await;
    let product = crate::persist(
        admin
            .post(
                "/api/v1/products",
                &builder_tests::catalogue::with(
                    builder_tests::catalogue::product(),
                    json!({ "stock": STOCK }),
                ),
            )
            .key(builder_tests::fresh_key()),
    )
    .await
    .expect(201)
    .text("id");
    let buyers = buyers::sign_in(&stack).await;
    stack
        .stripe_faults(json!({
            "seed": SEED,
            "rules": [
                { "operation": "*", "kind": "error_before", "probability": 0.09 },
                { "operation": "*", "kind": "error_after", "probability": 0.05 },
                { "operation": "*", "kind": "cut_after", "probability": 0.03 },
                { "operation": "*", "kind": "hang_after", "ms": 6000, "probability": 0.03 },
            ],
            "webhooks": { "drop": 0.2, "double": 0.2, "delay": 0.2, "delay_ms": 500, "reorder": 0.2 },
        }))
        .await;
    let killer = killer::Killer::start(SEED);
    let tally = buyers::buy(&stack, &admin, buyers, &product).await;
    let killed = killer.stop().await;
    stack.stripe_up().await;
    let busy = began.elapsed();
    // Messages in flight when a function was killed are received again after their visibility
    // timeout, or at the next start.
    drop(admin);
    drop(stack);
    let stack = setup(directory.path()).start();
    let admin = stack.visitor().sign_in(ADMIN.0, ADMIN.1).await;
    calm_down(&stack).await;
    println!(
        "money: seed {SEED}, {} orders by {CLIENTS} clients in {:.0} s: {tally}; {killed} \
         processes killed; all quiet after {:.0} s",
        orders(),
        busy.as_secs_f64(),
        began.elapsed().as_secs_f64()
    );
    books::audit(&stack, &admin, &product).await;
}

fn setup(directory: &std::path::Path) -> builder_tests::Setup {
    Stack::own()
        .unlimited()
        .without_admin()
        .as_processes()
        .in_directory(directory)
        .parameter("LogLevel", "error")
}

/// Waits for all remaining work, reconciles, and waits for the effects of that.
async fn calm_down(stack: &Arc<Stack>) {
    for _ in 0..3 {
        stack.wait_until_idle_within(Duration::from_secs(240)).await;
        // The whole period, whether a run is due or not.
        let since = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1)).to_string();
        let done = stack.invoke("reconcile-payments", json!({ "since": since })).await.unwrap();
        println!("money: reconciled: {done}");
    }
    stack.wait_until_idle_within(Duration::from_secs(240)).await;
}
