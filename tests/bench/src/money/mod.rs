//! What is measured of money: each part has a stack of its own in this process, with the local
//! Stripe beside it.

pub mod breaker;
pub mod paper;
pub mod payments;
pub mod series;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use builder_tests::{Stack, User, catalogue};
use futures::future::{join_all, try_join_all};
use serde_json::json;

use crate::stats::{ms, percentile};

/// Numbers of clients at once.
const CLIENTS: [usize; 3] = [1, 8, 32];
/// How long work that is left over may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// A shop with one product, and people who buy.
struct Shop {
    stack: Arc<Stack>,
    product: String,
    buyers: Vec<User>,
}

impl Shop {
    /// Opened; Stripe's own webhooks are dropped where `webhooks` is `false`.
    async fn open(webhooks: bool) -> Self {
        let stack = Stack::own().unlimited().start();
        if !webhooks {
            stack.stripe_webhooks(json!({ "drop": 1.0 })).await;
        }
        let product =
            catalogue::create(&stack.admin().await, json!({ "stock": 1_000_000_000 })).await;
        let most = CLIENTS.into_iter().max().unwrap_or(1);
        let buyers = join_all((0..most).map(|_| stack.user())).await;
        Self { stack, product, buyers }
    }

    /// Has `clients` buyers do something `times` times in all, each one after the other; the
    /// numbers of one buyer are the same each time. Gives what came of each, with its time, and how
    /// long it all took.
    async fn each<T, Fut: Future<Output = Result<T>>>(
        &self,
        clients: usize,
        times: usize,
        act: impl Fn(User, usize) -> Fut,
    ) -> Result<(Vec<T>, Vec<Duration>, Duration)> {
        let (started, act) = (Instant::now(), &act);
        let rows = try_join_all(self.buyers.iter().take(clients).enumerate().map(
            |(first, buyer)| async move {
                let mut rows = Vec::new();
                for number in (first..times).step_by(clients) {
                    let sent = Instant::now();
                    let result = act(buyer.clone(), number).await?;
                    rows.push((number, result, sent.elapsed()));
                }
                anyhow::Ok(rows)
            },
        ))
        .await?;
        let elapsed = started.elapsed();
        let mut rows: Vec<_> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|(number, ..)| *number);
        let (results, times) = rows.into_iter().map(|(_, result, time)| (result, time)).unzip();
        Ok((results, times, elapsed))
    }

    /// Places so many orders, and gives them with what that took.
    async fn orders(
        &self,
        clients: usize,
        times: usize,
    ) -> Result<(Vec<String>, Vec<Duration>, Duration)> {
        let place = |buyer: User, _| async move {
            Ok(buyer.order(&[(&self.product, 1)]).await.expect(201).text("id"))
        };
        self.each(clients, times, place).await
    }

    /// Waits until nothing is left to do.
    async fn quiet(&self) {
        self.stack.wait_until_idle_within(PATIENCE).await;
    }
}

/// Begins to pay an order, and gives the client secret.
async fn start(buyer: &User, order: &str) -> Result<String> {
    Ok(buyer.start_payment(order).await.expect(201).text("clientSecret"))
}

fn head(what: &str) {
    println!(
        "\n| clients | {what} | a second | p50 ms | p95 ms | p99 ms | of orders a second \
         |\n|--:|---|--:|--:|--:|--:|--:|"
    );
}

/// One row: what was done how often in which time, beside the orders of the same clients.
#[expect(clippy::cast_precision_loss, reason = "printed with two digits")]
fn row(
    clients: usize,
    what: &str,
    mut times: Vec<Duration>,
    elapsed: Duration,
    baseline: Option<f64>,
) -> f64 {
    let rate = times.len() as f64 / elapsed.as_secs_f64();
    let [p50, p95, p99] = [50.0, 95.0, 99.0].map(|percent| ms(percentile(&mut times, percent)));
    let ratio = baseline.map_or("1".to_owned(), |baseline| format!("{:.2}", rate / baseline));
    println!("| {clients} | {what} | {rate:.0} | {p50:.1} | {p95:.1} | {p99:.1} | {ratio} |");
    rate
}
