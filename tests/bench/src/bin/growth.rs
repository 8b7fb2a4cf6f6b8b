//! `target/stack/growth`: reads, lists and restarts of the local stack as its data grows, and
//! refusals as bodies grow.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use builder_bench::api::Person;
use builder_bench::aws::Aws;
use builder_bench::load::{self, Buyer};
use builder_bench::process;
use builder_bench::stack::{Stack, UNLIMITED, binaries};
use builder_bench::stats::{median, mib, ms, percentile};
use bytes::Bytes;
use clap::Parser;
use http::StatusCode;
use serde_json::Value;

/// Places orders, and measures one client's reads and a restart each time a number of orders is
/// reached.
#[derive(Debug, Parser)]
struct Arguments {
    /// Numbers of orders at which to measure, ascending; the first is what the others are compared
    /// with
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 20_000])]
    orders: Vec<usize>,
    /// Requests of each kind
    #[arg(long, default_value_t = 1_000)]
    requests: usize,
    /// Restarts
    #[arg(long, default_value_t = 5)]
    restarts: usize,
}

/// Sizes of bodies, in bytes; the first is what the others are compared with.
const BODIES: [usize; 4] = [125_000, 250_000, 500_000, 1_000_000];
/// How many refusals of each body.
const REFUSALS: usize = 50;
/// How many place orders at once.
const BUYERS: usize = 8;
/// How long events and mails may take once the orders are placed.
const DRAIN_LIMIT: Duration = Duration::from_secs(300);
/// How long nothing may have changed until the stack counts as idle.
const IDLE: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut stack = Stack::start(&binaries()?, &UNLIMITED, "warn").await?;
    let mut administrator = Person::administrator(&stack.api_url).await?;
    let mut products = Vec::new();
    for number in 0..load::PRODUCTS {
        products.push(administrator.create_product(number, load::STOCK).await?);
    }
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        buyers.push(Buyer::new(
            Person::registered(&stack.api_url, &format!("buyer{number}@example.com")).await?,
        ));
    }
    bodies(&mut buyers[0].person).await?;
    println!(
        "| orders | get one ms p50 / p99 | list of all p50 / p99 | own list p50 / p99 | oldest \
         pages p50 / p99 | restart s | memory after it MiB | data MiB |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut placed = 0;
    for target in &arguments.orders {
        let each = target.saturating_sub(placed).div_ceil(BUYERS);
        load::order(&mut buyers, &products, Duration::MAX, each).await?;
        placed += each * BUYERS;
        drain(&stack).await?;
        let gets = get_each(&mut buyers, arguments.requests).await?;
        let all = repeat(&mut administrator, "/api/v1/orders?limit=20", arguments.requests).await?;
        let own =
            repeat(&mut buyers[0].person, "/api/v1/orders?limit=20", arguments.requests).await?;
        let oldest = oldest_pages(&mut administrator, placed).await?;
        let mut restarts = Vec::new();
        for _ in 0..arguments.restarts {
            restarts.push(stack.restart().await?);
        }
        let (_, memory) = process::memory(stack.pid())?;
        println!(
            "| {placed} | {} | {} | {} | {} | {:.2} | {:.0} | {:.0} |",
            times(gets),
            times(all),
            times(own),
            times(oldest),
            median(&mut restarts).as_secs_f64(),
            mib(memory),
            mib(stack.data_size()?),
        );
        administrator.reconnect(&stack.api_url).await?;
        for buyer in &mut buyers {
            buyer.person.reconnect(&stack.api_url).await?;
        }
    }
    stack.stop().await
}

/// Refuses bodies in which everything is wrong: members that no request has, and items without any
/// of theirs.
async fn bodies(person: &mut Person) -> Result<()> {
    println!(
        "| body KB | unknown members ms | ÷ body, compared | empty items ms | ÷ body, compared |"
    );
    println!("|--:|--:|--:|--:|--:|");
    let mut first = None;
    for bytes in BODIES {
        let members: Vec<String> =
            (0..bytes / 12).map(|number| format!("\"{number:07}\":0")).collect();
        let items = vec!["{}"; bytes / 3];
        let members =
            refusals(person, "/api/v1/auth/register", format!("{{{}}}", members.join(","))).await?;
        let items =
            refusals(person, "/api/v1/orders", format!("{{\"items\":[{}]}}", items.join(",")))
                .await?;
        #[expect(clippy::cast_precision_loss, reason = "a few megabytes at most")]
        let per_byte = [members, items].map(|time| ms(time) / bytes as f64);
        let [of_members, of_items] = *first.get_or_insert(per_byte);
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} |",
            bytes / 1000,
            ms(members),
            per_byte[0] / of_members,
            ms(items),
            per_byte[1] / of_items
        );
    }
    println!();
    Ok(())
}

/// How long a refusal of this body takes, in the middle of some.
async fn refusals(person: &mut Person, target: &str, body: String) -> Result<Duration> {
    let body = Bytes::from(body);
    let mut times = Vec::new();
    for _ in 0..REFUSALS {
        let sent = Instant::now();
        let (status, answer) = person.send(target, body.clone()).await?;
        times.push(sent.elapsed());
        if status != StatusCode::UNPROCESSABLE_ENTITY || answer.len() > 100_000 {
            bail!("{target}: {status} of {} bytes", answer.len());
        }
    }
    Ok(median(&mut times))
}

/// Waits until no queue holds a message and the data no longer grows.
async fn drain(stack: &Stack) -> Result<()> {
    let started = Instant::now();
    let mut aws = Aws::open(&stack.aws_url).await?;
    let queues = aws.queues().await?;
    let mut idle_since = Instant::now();
    let mut cpu = process::cpu(stack.pid())?;
    while started.elapsed() < DRAIN_LIMIT {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut waiting = 0;
        for queue in &queues {
            waiting += aws.queue_depth(queue).await?;
        }
        let now = process::cpu(stack.pid())?;
        // Asking costs a little itself.
        if waiting > 0 || now - cpu > Duration::from_millis(40) {
            idle_since = Instant::now();
        }
        cpu = now;
        if idle_since.elapsed() >= IDLE {
            return Ok(());
        }
    }
    bail!("after {DRAIN_LIMIT:?} the stack is still busy")
}

/// Has each buyer read orders of all ages, in turns.
async fn get_each(buyers: &mut [Buyer], requests: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(requests);
    while times.len() < requests {
        for Buyer { person, orders } in &mut *buyers {
            let id = fastrand::choice(&*orders).context("nothing was ordered")?;
            let sent = Instant::now();
            person.read_order(id).await?;
            times.push(sent.elapsed());
        }
    }
    Ok(times)
}

async fn repeat(person: &mut Person, target: &str, requests: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(requests);
    for _ in 0..requests {
        let sent = Instant::now();
        person.fetch(target).await?;
        times.push(sent.elapsed());
    }
    Ok(times)
}

/// Walks the list of all orders to its end, which must show each order once; gives the times of its
/// last ten pages.
async fn oldest_pages(administrator: &mut Person, placed: usize) -> Result<Vec<Duration>> {
    let (mut times, mut seen, mut target) = (Vec::new(), 0, "/api/v1/orders?limit=100".to_owned());
    loop {
        let sent = Instant::now();
        let body = administrator.fetch(&target).await?;
        times.push(sent.elapsed());
        let page: Value = serde_json::from_slice(&body)?;
        seen += page["data"].as_array().context("a page has no data")?.len();
        if page["pagination"]["hasMore"] != true {
            break;
        }
        let cursor = page["pagination"]["cursor"].as_str().context("a page has no cursor")?;
        target = format!("/api/v1/orders?limit=100&cursor={cursor}");
    }
    if seen != placed {
        bail!("the list shows {seen} of {placed} orders");
    }
    Ok(times.split_off(times.len().saturating_sub(10)))
}

fn times(mut times: Vec<Duration>) -> String {
    let [p50, p99] = [50.0, 99.0].map(|percent| ms(percentile(&mut times, percent)));
    format!("{p50:.2} / {p99:.2}")
}
