//! What `load` and its baseline `thin` have in common: buyers who order and read, as fast as they
//! are answered.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures::future::try_join_all;

use crate::api::Person;
use crate::stats::{mib, ms, percentile};

/// How many products there are.
pub const PRODUCTS: usize = 50;
/// Of how many an order is.
const ITEMS: usize = 3;
/// How many of each there are: more than anybody orders.
pub const STOCK: u32 = 1_000_000_000;

/// A user and what they ordered.
pub struct Buyer {
    /// The user, with a connection of their own.
    pub person: Person,
    /// The ids of their orders.
    pub orders: Vec<String>,
}

impl Buyer {
    /// Somebody who has ordered nothing.
    #[must_use]
    pub fn new(person: Person) -> Self {
        Self { person, orders: Vec::new() }
    }
}

/// Has every buyer order for so long, or so many times. Gives how long each order took.
///
/// # Errors
/// When an order is refused.
pub async fn order(
    buyers: &mut [Buyer],
    products: &[String],
    limit: Duration,
    most: usize,
) -> Result<Vec<Duration>> {
    let started = Instant::now();
    let times = buyers.iter_mut().map(|buyer| async move {
        let mut times = Vec::new();
        while started.elapsed() < limit && times.len() < most {
            let items: Vec<&str> =
                fastrand::choose_multiple(products.iter().map(String::as_str), ITEMS);
            let sent = Instant::now();
            buyer.orders.push(buyer.person.place_order(&items).await?);
            times.push(sent.elapsed());
        }
        anyhow::Ok(times)
    });
    Ok(try_join_all(times).await?.concat())
}

/// Has every buyer read what they ordered for so long. Gives how long each answer took.
///
/// # Errors
/// When an answer is not the order.
pub async fn read(buyers: &mut [Buyer], limit: Duration) -> Result<Vec<Duration>> {
    let started = Instant::now();
    let times = buyers.iter_mut().map(|Buyer { person, orders }| async move {
        let mut times = Vec::new();
        while started.elapsed() < limit {
            let id = fastrand::choice(&*orders).context("nothing was ordered")?;
            let sent = Instant::now();
            person.read_order(id).await?;
            times.push(sent.elapsed());
        }
        anyhow::Ok(times)
    });
    Ok(try_join_all(times).await?.concat())
}

/// What one phase measured.
pub struct Phase {
    /// How long each answer took.
    pub times: Vec<Duration>,
    /// How long all took together.
    pub elapsed: Duration,
    /// The server's processor time until the last answer, and from then until nothing is left to
    /// do.
    pub cpu: [Duration; 2],
    /// The buyers' processor time.
    pub own_cpu: Duration,
}

impl Phase {
    /// Prints the heading of the table.
    pub fn print_heading() {
        println!(
            "| clients | | a second | p50 ms | p95 ms | p99 ms | CPU s per 1,000 | of it after \
             the last answer | client's CPU s per 1,000 | memory now / peak MiB |"
        );
        println!("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    }

    /// Prints the row of it. Of the server's memory, in bytes, there is the most so far, and what
    /// it is now.
    #[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
    pub fn print(mut self, clients: usize, what: &str, (peak, now): (u64, u64)) {
        let count = self.times.len() as f64;
        let per_thousand = |cpu: Duration| cpu.as_secs_f64() / count * 1000.0;
        let [p50, p95, p99] =
            [50.0, 95.0, 99.0].map(|percent| ms(percentile(&mut self.times, percent)));
        let [before, after] = self.cpu;
        println!(
            "| {clients} | {what} | {:.0} | {p50:.2} | {p95:.2} | {p99:.2} | {:.2} | {:.2} | \
             {:.2} | {:.0} / {:.0} |",
            count / self.elapsed.as_secs_f64(),
            per_thousand(before + after),
            per_thousand(after),
            per_thousand(self.own_cpu),
            mib(now),
            mib(peak),
        );
    }
}
