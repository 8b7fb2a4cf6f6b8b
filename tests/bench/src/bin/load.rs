//! `cargo run --release -p builder-bench --bin load`: the whole stack under load, from the gateway
//! to the mailbox.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use builder_bench::api::Person;
use builder_bench::aws::Aws;
use builder_bench::load::{self, Buyer, Phase};
use builder_bench::process;
use builder_bench::stack::{Stack, UNLIMITED, binaries};
use builder_bench::stats::mib;
use clap::Parser;

/// Places and reads orders over keep-alive connections, one user each, and looks whether every
/// order got its event and its mail.
#[derive(Debug, Parser)]
struct Arguments {
    /// Numbers of clients at once
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32])]
    clients: Vec<usize>,
    /// Seconds that each phase lasts
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Orders after which a phase ends early: the mailbox keeps 10,000 mails
    #[arg(long, default_value_t = 9_500)]
    orders: usize,
    /// What the stack logs
    #[arg(long, default_value = "warn")]
    log_level: String,
    /// Print the stack's process id and wait for Enter before the load: time to attach a profiler
    #[arg(long)]
    pause: bool,
}

/// How long queue and mails may take to drain.
const DRAIN_LIMIT: Duration = Duration::from_secs(120);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let stack = Stack::start(&binaries()?, &UNLIMITED, &arguments.log_level).await?;
    let mut bench = Bench::prepare(&stack, &arguments).await?;
    if arguments.pause {
        eprintln!("stack: {}; press Enter", stack.pid());
        std::io::stdin().read_line(&mut String::new())?;
    }
    Phase::print_heading();
    let mut checks = Vec::new();
    for clients in &arguments.clients {
        checks.push(bench.orders(*clients).await?);
        bench.reads(*clients).await?;
    }
    println!();
    for check in checks {
        println!("{check}");
    }
    println!("{}", bench.invariant().await?);
    println!("data on disk: {:.1} MiB", mib(stack.data_size()?));
    stack.stop().await
}

struct Bench<'a> {
    stack: &'a Stack,
    arguments: &'a Arguments,
    aws: Aws,
    email_queue: String,
    other_queues: Vec<String>,
    people: Vec<Buyer>,
    products: Vec<String>,
    data_table: String,
}

impl<'a> Bench<'a> {
    async fn prepare(stack: &'a Stack, arguments: &'a Arguments) -> Result<Self> {
        let mut administrator = Person::administrator(&stack.api_url).await?;
        let mut products = Vec::new();
        for number in 0..load::PRODUCTS {
            products.push(administrator.create_product(number, load::STOCK).await?);
        }
        let most = arguments.clients.iter().copied().max().unwrap_or(1);
        let mut people = Vec::new();
        for number in 0..most {
            let person =
                Person::registered(&stack.api_url, &format!("buyer{number}@example.com")).await?;
            people.push(Buyer::new(person));
        }
        let mut environment = stack.environment()?;
        let mut variable = |name: &str| {
            environment.remove(name).with_context(|| format!("no function is told {name}"))
        };
        let (email_queue, data_table) = (variable("EMAIL_QUEUE_URL")?, variable("DATA_TABLE")?);
        let mut aws = Aws::open(&stack.aws_url).await?;
        let other_queues =
            aws.queues().await?.into_iter().filter(|url| *url != email_queue).collect();
        Ok(Self { stack, arguments, aws, email_queue, other_queues, people, products, data_table })
    }

    /// Orders for a while, then waits for queue and mails. Says what came of them.
    async fn orders(&mut self, clients: usize) -> Result<String> {
        let before: BTreeSet<String> =
            self.people.iter().flat_map(|buyer| buyer.orders.iter().cloned()).collect();
        let limit = Duration::from_secs_f64(self.arguments.seconds);
        let each = self.arguments.orders.div_ceil(clients);
        let (cpu, own_cpu, started) =
            (process::cpu(self.stack.pid())?, process::cpu(std::process::id())?, Instant::now());
        let times = load::order(&mut self.people[..clients], &self.products, limit, each).await?;
        let (answered, elapsed) = (process::cpu(self.stack.pid())?, started.elapsed());
        let own_cpu = process::cpu(std::process::id())? - own_cpu;
        let placed = times.len();
        let lag = self.drained().await?;
        let drained = process::cpu(self.stack.pid())?;
        let phase = Phase { times, elapsed, cpu: [answered - cpu, drained - answered], own_cpu };
        phase.print(clients, "orders", process::memory(self.stack.pid())?);
        let mails = self.mailed_orders(clients, placed).await?;
        let placed_ids =
            self.people.iter().flat_map(|buyer| &buyer.orders).filter(|id| !before.contains(*id));
        let without = placed_ids.filter(|id| !mails.contains_key(*id)).count();
        let doubled = mails.values().filter(|times| **times > 1).count();
        Ok(format!(
            "{clients} clients: {placed} orders placed, all events and mails through {:.2} s \
             after the last answer; {without} orders without a mail, {doubled} with two",
            lag.as_secs_f64()
        ))
    }

    /// Waits until everything is mailed. The stream keeps order, so once the last orders are mailed
    /// all are in the queue or out of it.
    async fn drained(&mut self) -> Result<Duration> {
        let started = Instant::now();
        while started.elapsed() < DRAIN_LIMIT {
            if self.queue_is_empty().await?
                && self.mail_of_last_orders().await?
                && self.queue_is_empty().await?
            {
                return Ok(started.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("after {DRAIN_LIMIT:?} not all mails are sent")
    }

    async fn queue_is_empty(&mut self) -> Result<bool> {
        Ok(self.aws.queue_depth(&self.email_queue).await? == 0)
    }

    /// Whether everybody's latest order is mailed.
    async fn mail_of_last_orders(&mut self) -> Result<bool> {
        for Buyer { person, orders, .. } in &mut self.people {
            let Some(last) = orders.last() else { continue };
            let email = person.email.clone();
            let mails = person.mails(&email, 20).await?;
            if !mails
                .iter()
                .any(|mail| mail["text"].as_str().is_some_and(|text| text.contains(last.as_str())))
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many of the latest mails name each order.
    async fn mailed_orders(
        &mut self,
        clients: usize,
        placed: usize,
    ) -> Result<BTreeMap<String, usize>> {
        let mut named = BTreeMap::new();
        for Buyer { person, .. } in self.people.iter_mut().take(clients) {
            let email = person.email.clone();
            for mail in person.mails(&email, placed + 10).await? {
                let text = mail["text"].as_str().unwrap_or_default();
                if let Some(at) = text.find("ord_") {
                    let id: String = text[at..]
                        .chars()
                        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                        .collect();
                    *named.entry(id).or_default() += 1;
                }
            }
        }
        Ok(named)
    }

    async fn reads(&mut self, clients: usize) -> Result<()> {
        let limit = Duration::from_secs_f64(self.arguments.seconds);
        let (cpu, own_cpu, started) =
            (process::cpu(self.stack.pid())?, process::cpu(std::process::id())?, Instant::now());
        let times = load::read(&mut self.people[..clients], limit).await?;
        let elapsed = started.elapsed();
        let cpu = process::cpu(self.stack.pid())? - cpu;
        let own_cpu = process::cpu(std::process::id())? - own_cpu;
        let phase = Phase { times, elapsed, cpu: [cpu, Duration::ZERO], own_cpu };
        phase.print(clients, "reads", process::memory(self.stack.pid())?);
        Ok(())
    }

    /// Whether every order has its event, once, and no message was given up.
    async fn invariant(&mut self) -> Result<String> {
        let orders: BTreeSet<String> = self
            .people
            .iter()
            .flat_map(|buyer| &buyer.orders)
            .map(|id| format!("ORDER#{id}"))
            .collect();
        let events = self.aws.keys_of_events(&self.data_table, "order.placed").await?;
        let distinct: BTreeSet<&String> = events.iter().collect();
        let missing = orders.iter().filter(|order| !distinct.contains(order)).count();
        let mut left = 0;
        for queue in &self.other_queues {
            left += self.aws.queue_depth(queue).await?;
        }
        Ok(format!(
            "{} orders, {} events order.placed: {missing} orders without, {} twice; {left} \
             messages in dead-letter queues",
            orders.len(),
            events.len(),
            events.len() - distinct.len(),
        ))
    }
}
